"""Tables in a bucket."""
import contextlib
import os
import socket
import subprocess
import time

from common import ROOT, folder, pinflow
from harness.server import free_port
from harness.suites import go_program
from tables import freshness_of

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDBENCH", "AWS_SECRET_ACCESS_KEY": "a secret of benches", "AWS_REGION": "us-east-1"}


def wait_until_it_listens(port, process, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=2).close()
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the S3 server does not answer")


@contextlib.contextmanager
def s3_server(path):
    """versitygw over a folder: its endpoint; buckets are folders."""
    program, port = go_program(ROOT / "tests/s3_server", "github.com/versity/versitygw/cmd/versitygw"), free_port()
    (path / "buckets/lake").mkdir(parents=True)
    with open(path / "versitygw.log", "wb") as log:
        server = subprocess.Popen([program, "--port", f"127.0.0.1:{port}", "--access", KEYS["AWS_ACCESS_KEY_ID"], "--secret",
                                   KEYS["AWS_SECRET_ACCESS_KEY"], "--region", KEYS["AWS_REGION"], "posix",
                                   path / "buckets"], stdout=log, stderr=log, cwd=path)
    try:
        wait_until_it_listens(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def freshness_s3():
    """ack to readable by delta-rs under light load, tables in a bucket of an S3 server on loopback"""
    with folder() as path, s3_server(path) as endpoint:
        (path / "c.toml").write_text(f'[tables]\nlake = "s3://lake/bench?endpoint={endpoint}"\n')
        os.environ.update(KEYS)
        with pinflow("--config", path / "c.toml") as server:
            options = {**KEYS, "AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": "true", "aws_conditional_put": "etag"}
            yield freshness_of(server, "s3://lake/bench", options, "S3 on loopback", 2)
