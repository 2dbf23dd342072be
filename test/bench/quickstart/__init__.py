"""How long a newcomer waits, in a copy of what git would clone."""

from . import again

ROWS = {"again": ("a second ./quickstart --detach, with nothing to build", again.measure)}
