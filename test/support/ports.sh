# shellcheck shell=bash
# Ports for servers that need several beside one another. Sourced by the scripts of the folders here.

# free_range COUNT: the first of that many neighbouring ports that nobody has, below those that the kernel hands out.
free_range() {
    /usr/bin/python3 - "$1" <<'PYTHON'
import random, socket, sys

def bindable(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False

count = int(sys.argv[1])
for base in random.sample(range(12000, 32000, count), 200):
    if all(bindable(port) for port in range(base, base + count)):
        print(base)
        break
else:
    sys.exit("no %d neighbouring ports are free" % count)
PYTHON
}
