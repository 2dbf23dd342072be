"""Prints how botocore, which shares no code with us, signs GETs of keys that are hard to spell, as the rows of
test/unit/s3/independent_signer_test.cpp. Needs python3-botocore; no network."""

import datetime
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials

KEYS = ["plain.txt", "a b", "a+b", "a%b", "a%2Fb", "a~b", "a=b&c", "a//b", "../up", "a/../b", "\u00fc/\u20ac", "k" * 1024,
        "(a)!*'", ";,:@$", "q?x#y", "trailing/"]


class Noon(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return cls(2026, 1, 5, 10, 0, 0)


def signature(key):
    path = "/fleet/" + urllib.parse.quote(key.encode(), safe="/-._~")
    request = botocore.awsrequest.AWSRequest(method="GET", url="http://s3.test" + path)
    request.context["payload_signing_enabled"] = True
    account = botocore.credentials.Credentials("test:tester", "s3cr/et+key", "tok/en==")
    botocore.auth.S3SigV4Auth(account, "s3", "eu-west-1").add_auth(request)
    return request.headers["Authorization"].split("Signature=")[1]


botocore.auth.datetime.datetime = Noon
for one in KEYS:
    spelled = f'std::string({len(one)}, \'{one[0]}\')' if len(one) > 100 else f'"{one}"'
    print(f'    {{{spelled}, "{signature(one)}"}},')
