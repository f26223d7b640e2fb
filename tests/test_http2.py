"""HTTP/2 at the doors, with real clients: curl, httpx, and hyper's h2 where a test decides about frames."""
import asyncio
import base64
import json
import random
import re
import struct
import subprocess
import threading
from urllib.parse import urlsplit

import h2.errors
import httpx
import pytest
import requests

from harness import Pinflow, command
from harness.clients import JSON_V2
from harness.http2 import Http2

HEADERS = {"Content-Type": JSON_V2}


@pytest.fixture(scope="module")
def tls_server(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("http2-tls") / "certs"
    command("certs", "--folder", folder)
    with Pinflow(folder.parent / "data", "--tls-certificate", folder / "server.crt", "--tls-key", folder / "server.key",
                 http="https://127.0.0.1:0", console="https://127.0.0.1:0") as server:
        server.ca = folder / "ca.crt"
        server.https = server.http.replace("127.0.0.1", "localhost")
        yield server


@pytest.fixture
def topic():
    return f"h2.{random.getrandbits(48):x}"


def curl(*arguments):
    said = subprocess.run(["curl", "-sS", "-m", "30", "-w", "\n%{http_code} %{http_version}", *arguments], check=True,
                          capture_output=True, text=True).stdout
    return said.rsplit("\n", 1)


def records(*values):
    return json.dumps({"records": [{"value": value} for value in values]})


def metric(server, name):
    return float(re.search(rf"^{name} (\S+)$", requests.get(server.console + "/metrics", timeout=20).text, re.M).group(1))


def values(server, topic):
    return [row["v"] for row in server.sql(f'SELECT value AS v FROM raw."{topic}" ORDER BY "offset"')]


def test_curl_speaks_it_plainly_and_by_alpn(server, tls_server, topic):
    post = ["-H", f"Content-Type: {JSON_V2}", "-d", records("a", "b")]
    for arguments, version in ((["--http2-prior-knowledge"], "2"), (["--http2"], "1.1"), ([], "1.1")):
        body, said = curl(*arguments, *post, f"{server.http}/topics/{topic}")
        assert said == f"200 {version}", arguments
        assert [each["error_code"] for each in json.loads(body)["offsets"]] == [None, None]
    for arguments, version in (([], "2"), (["--http1.1"], "1.1")):
        body, said = curl(*arguments, "--cacert", tls_server.ca, *post, f"{tls_server.https}/topics/{topic}")
        assert said == f"200 {version}", arguments
    assert curl("--cacert", tls_server.ca, tls_server.console.replace("127.0.0.1", "localhost") + "/metrics")[1] == "200 2"
    assert curl("--http2-prior-knowledge", server.console + "/metrics")[1] == "200 2"


def test_answers_are_those_of_http_1(server, topic):
    """Bodies and statuses; headers but for what is of a version or of a request."""
    own = {"date", "connection", "x-amzn-requestid", "x-amz-apigw-id", "x-amz-id-2", "content-length"}
    with httpx.Client(http1=False, http2=True, timeout=30) as two, httpx.Client(timeout=30) as one:
        for method, path, body in (("GET", "/topics/none", ""), ("POST", f"/topics/{topic}", "{"), ("GET", "/no/way", ""),
                                   ("POST", f"/x/topics/{topic}", records({"n": 1})), ("OPTIONS", "/prod/streams", ""),
                                   ("HEAD", "/topics", ""), ("POST", "/", ""), ("GET", "/v3/clusters", "")):
            answers = [client.request(method, server.http + path, content=body, headers=HEADERS) for client in (one, two)]
            assert answers[1].http_version == "HTTP/2"
            assert answers[0].status_code == answers[1].status_code, path
            seen = [{name: value for name, value in answer.headers.items() if name not in own} for answer in answers]
            assert seen[0] == seen[1], path
            if "offsets" not in answers[0].text:
                assert re.sub("[0-9a-f-]{36}", "", answers[0].text) == re.sub("[0-9a-f-]{36}", "", answers[1].text), path


def test_a_body_over_the_limit_is_told_while_it_comes(server):
    client = Http2(server.http)
    stream = client.ask("POST", "/prod/streams/s/record", b"x" * (11 << 20), [("content-length", f"{11 << 20}")])
    assert client.answer(stream).status == 413
    assert client.answer(stream).body == b'{"message":"Request Too Long"}'
    assert client.answer(client.ask("GET", "/topics/none")).status == 404


def test_many_requests_at_a_time_on_one_connection(server, topic):
    async def post_all():
        limits = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(http1=False, http2=True, limits=limits, timeout=60) as client:
            posts = [client.post(f"{server.http}/topics/{topic}", content=records({"n": n}), headers=HEADERS)
                     for n in range(1000)]
            return await asyncio.gather(*posts)

    before = metric(server, "pinflow_http_connections_accepted_total")
    answers = asyncio.run(post_all())
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["offsets"][0]["offset"] for answer in answers) == list(range(1000))
    assert metric(server, "pinflow_http_connections_accepted_total") == before + 1
    assert sorted(json.loads(value)["n"] for value in values(server, topic)) == list(range(1000))


@pytest.mark.parametrize("kind", ["plain", "tls"])
def test_produced_and_consumed_in_large_bodies_through_small_windows(server, tls_server, topic, kind):
    own = server if kind == "plain" else tls_server
    client = Http2(own.http if kind == "plain" else own.https, window=16384, ca=getattr(own, "ca", None))
    fields = [("content-type", JSON_V2)]
    text = "x" * 1000
    posts = [client.ask("POST", f"/topics/{topic}", records(*[f"{text}{n}"] * 2000).encode(), fields) for n in range(4)]
    assert [client.answer(each).status for each in posts] == [200] * 4
    group = f"/consumers/{topic}"
    made = json.loads(client.answer(client.ask("POST", group, b'{"format":"json","auto.offset.reset":"earliest"}', fields)).body)
    instance = urlsplit(made["base_uri"]).path
    subscribed = client.ask("POST", instance + "/subscription", json.dumps({"topics": [topic]}).encode(), fields)
    assert client.answer(subscribed).status == 204
    got = []
    while len(got) < 8000:
        answer = client.answer(client.ask("GET", instance + "/records", headers=[("accept", JSON_V2)]))
        assert answer.status == 200, answer.body
        got += [each["value"] for each in json.loads(answer.body)]
    assert sorted(got) == sorted(f"{text}{n}" for n in range(4) for _ in range(2000))
    assert client.answer(client.ask("DELETE", instance, headers=fields)).status == 204
    client.close()


def test_kinesis(server, topic):
    def call(client, action, **members):
        answer = client.post(server.http + "/", content=json.dumps(members), headers={
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Kinesis_20131202.{action}"})
        assert answer.status_code == 200 and answer.http_version == "HTTP/2", answer.text
        return answer.json() if answer.content else None

    with httpx.Client(http1=False, http2=True, timeout=30) as client:
        call(client, "CreateStream", StreamName=topic, ShardCount=1)
        data = [base64.b64encode(bytes([n % 256]) * 2000).decode() for n in range(400)]
        put = call(client, "PutRecords", StreamName=topic, Records=[{"Data": each, "PartitionKey": "k"} for each in data])
        assert put["FailedRecordCount"] == 0
        shard = put["Records"][0]["ShardId"]
        iterator = call(client, "GetShardIterator", StreamName=topic, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        got = call(client, "GetRecords", ShardIterator=iterator["ShardIterator"])
        assert [each["Data"] for each in got["Records"]] == data


# ---- streams of records

def v3(server, topic):
    cluster = requests.get(f"{server.http}/v3/clusters", timeout=10).json()["data"][0]["metadata"]["self"]
    return f"{urlsplit(cluster).path}/topics/{topic}/records"


def v3_records(numbers):
    return "".join(json.dumps({"value": {"type": "STRING", "data": f"{n}"}}) for n in numbers).encode()


def reports(answer):
    return [json.loads(line) for line in answer.body.decode().split("\r\n")[:-1]]


JSON = [("content-type", "application/json")]


def test_records_stream_and_their_reports_come_meanwhile(server, topic):
    client = Http2(server.http)
    streams = [client.ask("POST", v3(server, f"{topic}.{n}"), b"", JSON, ends=False) for n in range(10)]
    for turn in range(5):
        for stream in streams:
            client.send(stream, v3_records(range(turn * 100, turn * 100 + 100)))
        client.until(lambda: all(client.answers[each].body.count(b"\r\n") == turn * 100 + 100 for each in streams))
    for stream in streams:
        client.send(stream, b"", ends=True)
        assert [each["offset"] for each in reports(client.answer(stream))] == list(range(500))
    assert values(server, f"{topic}.3") == [f"{n}" for n in range(500)]
    client.close()


def test_a_stream_whose_reports_nobody_takes_waits_alone(server, topic):
    client = Http2(server.http, window=1000, reads=False)
    stuck = client.ask("POST", v3(server, topic), v3_records(range(2000)), JSON, ends=False)
    client.until(lambda: len(client.answers[stuck].body) >= 1000)
    assert client.answer(client.ask("GET", "/topics/none")).status == 404
    assert len(client.answers[stuck].body) == 1000
    client.close()


def test_a_stop_ends_streams_and_says_goodbye(make_server):
    server = make_server()
    client = Http2(server.http)
    stream = client.ask("POST", v3(server, "t"), v3_records([1]) + b'{"value', JSON, ends=False)
    client.until(lambda: client.answers[stream].body.count(b"\r\n") == 1)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    frames = list(client.frames_to_the_end())
    stopping.join()
    reported = b"".join(payload for kind, _, _, payload in frames if kind == 0)
    assert json.loads(reported)["error_code"] == 50302
    assert [flags & 1 for kind, flags, _, _ in frames if kind == 0][-1] == 1, "the stream has ended"
    assert [payload[4:8] for kind, _, _, payload in frames if kind == 7][-1] == bytes(4), "and it was no error"


def test_acked_over_http_2_survives_a_kill(make_server, tmp_path):
    server = make_server()
    client = Http2(server.http)
    posts = [client.ask("POST", "/topics/t", records(n).encode(), [("content-type", JSON_V2)]) for n in range(90)]
    acked = [json.loads(client.answer(each).body)["offsets"][0]["offset"] for each in posts[:60]]
    server.kill()
    server = make_server(data=tmp_path / "data")
    assert len(values(server, "t")) > max(acked)


# ---- clients that are up to no good

def test_requests_that_are_left_at_once_end_the_connection(server):
    client = Http2(server.http)
    frames = b""
    for stream in range(1, 6000, 2):
        head = b"\x83\x86\x84\x01\x01h"
        frames += struct.pack(">I", len(head))[1:] + b"\x01\x05" + struct.pack(">I", stream) + head
        frames += b"\x00\x00\x04\x03\x00" + struct.pack(">II", stream, 8)
    threading.Thread(target=lambda: send_quietly(client.socket, frames)).start()
    try:
        while client.read():
            pass
    except OSError:
        pass
    assert client.goodbye == h2.errors.ErrorCodes.ENHANCE_YOUR_CALM
    assert requests.get(server.http + "/topics", timeout=10).status_code == 200


def send_quietly(socket, data):
    try:
        socket.sendall(data)
    except OSError:
        pass  # the server has said what it had to say


def test_nonsense_costs_the_connection_only(server):
    generator = random.Random(7)
    for _ in range(50):
        client = Http2(server.http)
        send_quietly(client.socket, generator.randbytes(generator.randrange(2000)))
        client.close()
    assert requests.get(server.http + "/topics", timeout=10).status_code == 200
