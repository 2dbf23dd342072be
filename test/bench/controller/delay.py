"""A TCP proxy that holds back what clients send: delay.py PORT TO_PORT MILLISECONDS. One that asks and waits for the answer,
as HTTP/1.1 clients do, sees each request take so much longer."""

import asyncio
import sys


class Half(asyncio.Protocol):
    """One end of a connection; what it receives goes to the other, `seconds` later."""

    def __init__(self, seconds):
        self.seconds, self.other, self.transport = seconds, None, None
        self.early = []  # what came before there was another

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        asyncio.get_running_loop().call_later(self.seconds, self.forward, data)

    def forward(self, data):
        if self.other:
            self.other.transport.write(data)
        else:
            self.early.append(data)

    def connection_lost(self, _):
        if self.other:
            asyncio.get_running_loop().call_later(self.seconds, self.other.transport.close)


class Front(Half):
    """What a client is connected to."""

    def __init__(self, seconds, to_port):
        super().__init__(seconds)
        self.to_port = to_port

    def connection_made(self, transport):
        super().connection_made(transport)
        self.connecting = asyncio.ensure_future(self.connect())

    async def connect(self):
        try:
            _, back = await asyncio.get_running_loop().create_connection(lambda: Half(0), "127.0.0.1", self.to_port)
        except OSError:
            return self.transport.close()
        self.other, back.other = back, self
        for data in self.early:
            back.transport.write(data)


async def main(port, to_port, milliseconds):
    server = await asyncio.get_running_loop().create_server(lambda: Front(milliseconds / 1000, to_port), "127.0.0.1", port,
                                                            backlog=256)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
