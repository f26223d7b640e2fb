"""A real S3 server of one's own: versitygw over a folder, built from the module that tests/s3_server pins."""
import contextlib
import os
import socket
import subprocess
import time

import boto3
from botocore.config import Config

from .server import BINARY, ROOT, free_port
from .suites import go_program

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDTESTS", "AWS_SECRET_ACCESS_KEY": "a secret of tests", "AWS_REGION": "us-east-1"}


class S3Server:
    def __init__(self, endpoint, log):
        self.endpoint, self.log = endpoint, log
        self.client = self.client_with(KEYS)
        self.environment = {**{name: value for name, value in os.environ.items() if not name.startswith("AWS_")}, **KEYS}

    def client_with(self, keys):
        return boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1",
                            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
                            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
                            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))

    def url(self, bucket, prefix="", **settings):
        more = "".join(f"&{name}={value}" for name, value in settings.items())
        return f"s3://{bucket}/{prefix}?endpoint={self.endpoint}{more}"

    def objects(self, action, *arguments, input=None, check=True, environment=None):
        """Runs `pinflow objects ACTION …` with the server's keys; stdin and stdout are bytes."""
        done = subprocess.run([BINARY, "objects", action, *map(str, arguments)], input=input, capture_output=True,
                              timeout=120, env=self.environment if environment is None else environment)
        assert not check or done.returncode == 0, done.stderr.decode()
        return done


@contextlib.contextmanager
def s3_server(folder, *flags, scheme="http"):
    program = go_program(ROOT / "tests/s3_server", "github.com/versity/versitygw/cmd/versitygw")
    port, data = free_port(), folder / "buckets"
    data.mkdir(parents=True)
    with open(folder / "versitygw.log", "wb") as log:
        process = subprocess.Popen(
            [program, "--port", f"127.0.0.1:{port}", "--access", KEYS["AWS_ACCESS_KEY_ID"],
             "--secret", KEYS["AWS_SECRET_ACCESS_KEY"], "--region", KEYS["AWS_REGION"], *flags, "posix", data],
            stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        endpoint = f"{scheme}://127.0.0.1:{port}"
        wait_until_it_answers(port, process, folder / "versitygw.log")
        yield S3Server(endpoint, folder / "versitygw.log")
    finally:
        process.terminate()
        process.wait(20)


def wait_until_it_answers(port, process, log, timeout=30):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=2).close()
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the S3 server does not answer:\n{log.read_text(errors='replace')[-2000:]}")
