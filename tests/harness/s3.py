"""Real S3 servers of one's own: versitygw over a folder and MinIO, built from the modules that tests/s3_server and
tests/minio_server pin."""
import collections
import contextlib
import http.client
import http.server
import os
import random
import socket
import subprocess
import threading
import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .server import BINARY, ROOT, free_port
from .suites import go_program

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDTESTS", "AWS_SECRET_ACCESS_KEY": "a secret of tests", "AWS_REGION": "us-east-1"}


class S3Server:
    # Objects are files: not every key can be one. What is below an object is refused (versitygw), or kept and not listed.
    folders = "refuses nested"

    def __init__(self, endpoint, log, command, environment=None):
        self.endpoint, self.log, self.command = endpoint, log, command
        self.own_environment = {**os.environ, **(environment or {})}
        self.client = self.client_with(KEYS)
        self.environment = {**{name: value for name, value in os.environ.items() if not name.startswith("AWS_")}, **KEYS}

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in self.command], stdout=log, stderr=subprocess.STDOUT,
                                            cwd=self.log.parent, env=self.own_environment)
        wait_until_it_answers(int(self.endpoint.rsplit(":", 1)[1]), self.process, self.log)

    def wait_until_ready(self, timeout=30):
        """MinIO answers before it knows its own folders."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self.client.list_buckets()
            except (BotoCoreError, ClientError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    @contextlib.contextmanager
    def stopped(self):
        self.stop()
        yield
        self.start()

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
    command = [program, "--port", f"127.0.0.1:{port}", "--access", KEYS["AWS_ACCESS_KEY_ID"],
               "--secret", KEYS["AWS_SECRET_ACCESS_KEY"], "--region", KEYS["AWS_REGION"], *flags, "posix", data]
    with running(S3Server(f"{scheme}://127.0.0.1:{port}", folder / "versitygw.log", command)) as server:
        yield server


@contextlib.contextmanager
def minio_server(folder):
    program = go_program(ROOT / "tests/minio_server", "github.com/minio/minio")
    port = free_port()
    command = [program, "server", "--quiet", "--address", f"127.0.0.1:{port}", folder / "buckets"]
    with running(S3Server(f"http://127.0.0.1:{port}", folder / "minio.log", command, {
            "MINIO_ROOT_USER": KEYS["AWS_ACCESS_KEY_ID"], "MINIO_ROOT_PASSWORD": KEYS["AWS_SECRET_ACCESS_KEY"],
            "MINIO_REGION": KEYS["AWS_REGION"], "MINIO_UPDATE": "off", "MINIO_CALLHOME_ENABLE": "off"})) as server:
        server.folders = "hides nested"
        server.wait_until_ready()
        yield server


@contextlib.contextmanager
def running(server):
    try:
        server.start()
        yield server
    finally:
        server.stop()


def wait_until_it_answers(port, process, log, timeout=30):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=2).close()
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the S3 server does not answer:\n{log.read_text(errors='replace')[-2000:]}")


class FaultyProxy:
    """Between a client and a server: a share of all requests is throttled, cut before or after it was carried out."""

    def __init__(self, endpoint, seed, share):
        self.server, self.random, self.share = endpoint.split("//")[1], random.Random(seed), share
        self.faults = collections.Counter()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                proxy.pass_on(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.http.server_port}"

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()

    def pass_on(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        spoiled = self.random.random() < self.share
        fault = self.random.choice(["throttle", "cut before", "cut after", "500 after"]) if spoiled else None
        self.faults[fault] += 1
        if fault == "throttle":
            return self.answer(request, 503, b"<Error><Code>SlowDown</Code><Message>slower</Message></Error>")
        if fault != "cut before":
            status, headers, content = self.ask(request, body)
        if fault in ("cut before", "cut after"):
            request.close_connection = True
            return request.connection.close()
        if fault == "500 after":
            return self.answer(request, 500, b"<Error><Code>InternalError</Code><Message>oh</Message></Error>")
        return self.answer(request, status, content, headers)

    def ask(self, request, body):
        connection = http.client.HTTPConnection(self.server, timeout=60)
        try:
            connection.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers.items():
                if name.lower() not in ("connection", "expect"):
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def answer(self, request, status, content, headers=()):
        request.send_response_only(status)
        lengths = [value for name, value in headers if name.lower() == "content-length"]
        for name, value in headers:
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                request.send_header(name, value)
        head = request.command == "HEAD"
        request.send_header("Content-Length", lengths[0] if head and lengths else str(len(content)))
        request.end_headers()
        if not head:
            request.wfile.write(content)
