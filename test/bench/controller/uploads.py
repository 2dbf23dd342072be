"""200 uploads at once that announce 1 GiB each. Their bodies go on for as long as the row watches, and are cut then: what has
passed by that time has to fit the disk, and 200 GiB would not."""

import http.client
import threading
import time

from measure import scratch

from .fleet import Fleet, LoneStore, WatchfulController, configuration

UPLOADS, LENGTH = 200, 1 << 30
SECONDS = 20
BLOCK = b"u" * 65536
LEAST_PASSED = 48 << 20  # else it measured nothing


class Upload(threading.Thread):
    def __init__(self, port, number):
        super().__init__(daemon=True)
        self.sent, self.refused, self.stop = 0, None, False
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS * 3)
        self.connection.putrequest("PUT", f"/api/v1/manifests/site/versions/v1.0.0/files/data/{number}")
        self.connection.putheader("Content-Type", "application/octet-stream")
        self.connection.putheader("Content-Length", str(LENGTH))
        self.connection.endheaders()
        self.start()

    def run(self):
        try:
            while not self.stop and self.sent < LENGTH:
                self.connection.send(BLOCK)
                self.sent += len(BLOCK)
        except OSError as why:
            self.refused = None if self.stop else why


def measure(report):
    before, most = report.add_series("resident before", "MiB"), report.add_series("the most it was", "MiB")
    with scratch() as folder:
        lone = LoneStore(folder)
        store = lone.start().store()
        controller = WatchfulController(folder / "controller", configuration(store, []), 5000)
        here = Fleet(folder, store, controller.start())
        try:
            here.api.post("/manifests/site/versions", {"version": "v1.0.0"})
            before.add(here.memory_mib())
            uploads = [Upload(controller.port, number) for number in range(UPLOADS)]
            time.sleep(SECONDS)
            most.add(here.memory_mib("VmHWM"))
            passed = sum(one.sent for one in uploads)
            assert passed > LEAST_PASSED and not any(one.refused for one in uploads), [one.refused for one in uploads]
            for one in uploads:
                one.stop = True
        finally:
            controller.stop()
            lone.stop()
    report.note(f"{passed / (1 << 30):.1f} GiB passed in {SECONDS} s, by {sum(one.sent > 1 << 24 for one in uploads)} of the uploads")
    report.bar("more than before", most.median() - before.median(), 64, "MiB")
