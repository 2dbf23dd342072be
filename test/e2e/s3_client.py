"""Other people's S3 clients, pointed at a store: awscli, boto3, and requests signed by botocore but sent byte for byte."""

import dataclasses
import http.client
import os
import subprocess
import urllib.parse

import boto3
import botocore.config
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from processes import REPOSITORY

REGION = "us-east-1"


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def code(self):
        """S3's error code; empty when there is none."""
        text = self.body.decode(errors="replace")
        return text.partition("<Code>")[2].partition("</Code>")[0]


class _ClaimsPayload(S3SigV4Auth):
    """Signs what it is told to say about the body, true or not."""

    claim = None

    def payload(self, request):
        return self.claim or super().payload(request)


class S3Client:
    def __init__(self, port, access_key, secret_key):
        self.port, self.access_key, self.secret_key = port, access_key, secret_key
        self.endpoint = f"http://127.0.0.1:{port}"

    def boto3(self, **settings):
        settings = {"signature_version": "s3v4", "s3": {"addressing_style": "path"}, "retries": {"max_attempts": 0}, **settings}
        return boto3.client("s3", endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id=self.access_key,
                            aws_secret_access_key=self.secret_key, config=botocore.config.Config(**settings))

    def aws(self, *arguments, fails=False):
        """Runs awscli; its standard output, or its error when it is meant to fail."""
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key,
                       "AWS_DEFAULT_REGION": REGION, "AWS_CONFIG_FILE": "/dev/null", "LC_ALL": "C.UTF-8",
                       "AWS_EC2_METADATA_DISABLED": "true"}
        run = subprocess.run(["aws", "--endpoint-url", self.endpoint, *map(str, arguments)], env=environment,
                             cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
        assert (run.returncode != 0) == fails, run.stdout + run.stderr
        return run.stderr if fails else run.stdout

    def send(self, method, path, body=b"", headers=(), payload_hash=None, sign=True):
        """One request; the path goes out exactly as it is given."""
        request = AWSRequest(method=method, url=self.endpoint + path, data=body, headers=dict(headers))
        if sign:
            signer = _ClaimsPayload(Credentials(self.access_key, self.secret_key), "s3", REGION)
            signer.claim = payload_hash
            signer.add_auth(request)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=dict(request.headers.items()))
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()


def quoted(key):
    return urllib.parse.quote(key, safe="/-_.~")
