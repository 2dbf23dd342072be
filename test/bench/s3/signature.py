"""What a request costs before it is sent: canonical request, string to sign, HMAC, header."""

from measure import in_turn

from .commands import CLIENT, printed

COUNT = 200_000


def measure(report):
    series = report.add_series("a GET's signature", "ns")
    command = [CLIENT, "http://127.0.0.1:1", "bucket", "key", "secret", "sign", COUNT]
    in_turn([(series, lambda: float(printed(command)))], 5, 60)
    report.bar("a GET's signature", series.median(), 2000, "ns")
