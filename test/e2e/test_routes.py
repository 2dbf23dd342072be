"""Every route of the API on the embedded store; test_other_stores.py tells the same story on other stores."""

import routes_story
from fleet import Controller, running
from hostile import Visitor


def test_every_route_works(folder):
    controller = Controller(folder / "controller")
    with running(controller):
        routes_story.tell(controller.api.url, controller.embedded_store())


def test_no_request_makes_a_route_fail(folder):
    controller = Controller(folder / "controller")
    with running(controller):
        visitor = Visitor(controller.api.url, routes_story.DESCRIPTION)
        assert visitor.visit() == []
        assert visitor.sent > 2000
        assert controller.runs()
        assert "handler-failed" not in controller.log.read_text(errors="replace")
