"""API v3 of the REST Proxy: records that stream, batches, and what there is to see, over real connections; what was
produced is read back by a Kafka consumer."""
import base64
import gzip
import json
import random
import socket
import subprocess
import threading
import time
from urllib.parse import urlsplit

import pytest
import requests

from harness import BINARY, ROOT

READ_BACK = ROOT / "tests/kafka_clients/read_back.py"


@pytest.fixture(scope="module")
def cluster(server):
    return requests.get(f"{server.http}/v3/clusters", timeout=10).json()["data"][0]["metadata"]["self"]


@pytest.fixture
def topic():
    return f"v3.{random.getrandbits(48):x}"


def record(value, **more):
    return {"value": {"type": "STRING", "data": value}} | more


def text_of(records):
    return "".join(json.dumps(each) for each in records)


def reports_of(text):
    return [json.loads(line) for line in text.split("\r\n") if line]


class Stream:
    """One connection that sends a chunked body and reads reports meanwhile."""

    def __init__(self, cluster, topic, receive_buffer=None):
        url = urlsplit(cluster)
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect((url.hostname, url.port))
        self.socket.settimeout(30)
        self.file = self.socket.makefile("rb")
        self.socket.sendall(f"POST {url.path}/topics/{topic}/records HTTP/1.1\r\nHost: {url.netloc}\r\n"
                            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        self.pending = b""

    def head(self):
        status = self.file.readline()
        while self.file.readline() != b"\r\n":
            pass
        return status.decode().split(" ", 2)[1]

    def send(self, text):
        data = text.encode()
        self.socket.sendall(b"%x\r\n%s\r\n" % (len(data), data))

    def finish(self):
        self.socket.sendall(b"0\r\n\r\n")

    def chunk(self):
        size = int(self.file.readline(), 16)
        data = self.file.read(size)
        assert self.file.read(2) == b"\r\n"
        return data

    def report(self):
        """The next one; None at the end."""
        while b"\r\n" not in self.pending:
            more = self.chunk()
            if not more:
                assert self.pending == b""
                return None
            self.pending += more
        line, self.pending = self.pending.split(b"\r\n", 1)
        return json.loads(line)

    def close(self):
        self.file.close()
        self.socket.close()


def values(server, topic):
    return [row["value"] for row in server.sql(f'SELECT value FROM raw."{topic}" ORDER BY partition, "offset"')]


def test_what_was_produced_is_read_back_by_kafka(server, cluster, topic, kafka_python):
    name = cluster.rsplit("/", 1)[1]
    sent = [{"key": {"type": "BINARY", "data": base64.b64encode(b"\x00key").decode()},
             "value": {"type": "JSON", "data": {"b": [1, "\u00e4"], "a": None}},
             "headers": [{"name": "h", "value": "dg=="}, {"name": "h", "value": None}],
             "timestamp": "2021-02-05T19:14:42.123Z"},
            {"value": {"type": "STRING", "data": 'line\n"\u20ac"'}}, {}]
    answer = requests.post(f"{cluster}/topics/{topic}/records", text_of(sent), timeout=30,
                           headers={"Content-Type": "application/json"})
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json"
    first, second, third = reports_of(answer.text)
    assert first == {"error_code": 200, "cluster_id": name, "topic_name": topic, "partition_id": 0, "offset": 0,
                     "timestamp": "2021-02-05T19:14:42.123Z", "key": {"type": "BINARY", "size": 4},
                     "value": {"type": "JSON", "size": 23}}
    assert second["offset"] == 1 and second["value"] == {"type": "STRING", "size": 10} and "key" not in second
    assert third["offset"] == 2 and "value" not in third
    lines = subprocess.run([kafka_python, READ_BACK, server.ready["kafka"], topic, "3"], capture_output=True, text=True,
                           check=True, timeout=60).stdout.splitlines()
    one, two, three = map(json.loads, lines)
    assert one["key"] == "\x00key" and one["value"].encode("latin-1").decode() == '{"b":[1,"\u00e4"],"a":null}'
    assert one["time"] == 1612552482123 and one["headers"] == [["h", "v"], ["h", None]]
    assert two["value"].encode("latin-1").decode() == 'line\n"\u20ac"' and abs(two["time"] / 1000 - time.time()) < 60
    assert three["key"] is None and three["value"] is None


def test_reports_come_while_the_body_is_sent(server, cluster, topic):
    stream = Stream(cluster, topic)
    assert stream.head() == "200"
    whole = text_of([record("a")])
    stream.send(whole + whole[:7])
    assert stream.report()["offset"] == 0
    stream.send(whole[7:])
    assert stream.report()["offset"] == 1
    stream.send('{"value":{"type":"BINARY","data":1}} \n' + whole)
    assert stream.report() == {"error_code": 400, "message": "Bad Request: data=1 is not a base64 string."}
    assert stream.report()["offset"] == 2
    time.sleep(1)
    stream.send(whole)
    assert stream.report()["offset"] == 3
    stream.finish()
    assert stream.report() is None
    stream.socket.sendall(f"GET /topics/{topic} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    assert stream.head() == "200"  # the connection goes on
    stream.close()


def test_many_records_on_one_connection(server, cluster, topic):
    count = 30_000
    requests.post(f"{cluster}/topics", json={"topic_name": topic, "partitions_count": 3}, timeout=10)
    stream = Stream(cluster, topic)

    def send():
        for first in range(0, count, 500):
            stream.send(text_of(record(f"{i}", key={"type": "STRING", "data": f"k{i % 100}"})
                                for i in range(first, first + 500)))
        stream.finish()

    sender = threading.Thread(target=send)
    sender.start()
    assert stream.head() == "200"
    places = []
    while (report := stream.report()) is not None:
        assert report["error_code"] == 200, report
        places.append((report["partition_id"], report["offset"]))
    sender.join()
    assert len(places) == count == len(set(places)) == server.value(f'SELECT count(*) FROM raw."{topic}"')
    wrong = server.value(f"SELECT count(*) FROM (SELECT key, count(DISTINCT partition) n FROM raw.\"{topic}\" GROUP BY key) "
                         "WHERE n <> 1")
    assert wrong == 0
    stored = {(row["partition"], row["offset"]): row["value"]
              for row in server.sql(f'SELECT partition, "offset", value FROM raw."{topic}"')}
    assert [stored[place] for place in places] == [f"{i}" for i in range(count)]  # each report is its record's
    stream.close()


def test_who_reads_no_reports_is_held_back(server, cluster, topic):
    stream = Stream(cluster, topic, receive_buffer=4096)
    stream.socket.settimeout(2)
    before = server.memory_bytes()
    batch, sent = text_of(record("x") for _ in range(1000)), 0
    with pytest.raises(TimeoutError):
        while sent < 2_000_000:
            stream.send(batch)
            sent += 1000
    assert server.memory_bytes() - before < 100 << 20
    stream.close()


def test_a_client_that_leaves_loses_no_report_that_it_had(server, cluster, topic):
    stream = Stream(cluster, topic)
    stream.send(text_of(record(f"{i}") for i in range(100)) + '{"value":')
    assert stream.head() == "200"
    acked = [stream.report()["offset"] for _ in range(40)]
    stream.close()
    assert acked == list(range(40))
    assert values(server, topic)[:40] == [f"{i}" for i in range(40)]
    assert requests.get(f"{cluster}/topics/{topic}", timeout=10).status_code == 200


def test_acked_records_survive_a_kill_and_a_stop_ends_streams(make_server, tmp_path):
    server = make_server()
    cluster = requests.get(f"{server.http}/v3/clusters", timeout=10).json()["data"][0]["metadata"]["self"]
    stream = Stream(cluster, "t")
    stream.send(text_of(record(f"{i}") for i in range(1000)))
    assert stream.head() == "200"
    last = [stream.report()["offset"] for _ in range(700)][-1]
    server.kill()
    server = make_server(data=tmp_path / "data")
    assert len(values(server, "t")) > last
    url = urlsplit(server.http)
    stream = Stream(f"http://{url.netloc}{urlsplit(cluster).path}", "t")
    stream.send(text_of([record("a")]) + '{"value')
    assert stream.head() == "200" and stream.report()["error_code"] == 200
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    assert stream.report()["error_code"] == 50302
    assert stream.report() is None
    stream.close()
    stopping.join()


def test_what_ends_a_stream(server, cluster, topic):
    for body, said in (('{"value":}', "Error processing JSON"), ("[]", "Error processing JSON"),
                       ('{"value":"' + "x" * (11 << 20), "over the limit of 10485760 bytes")):
        stream = Stream(cluster, topic)
        whole = text_of([record("good")])
        sender = threading.Thread(target=lambda: send_quietly(stream, whole + body + whole))
        sender.start()
        assert stream.head() == "200"
        assert stream.report()["error_code"] == 200
        assert said in stream.report()["message"]
        assert stream.report() is None
        stream.close()
        sender.join()
    answer = requests.post(f"{cluster}/topics/{topic}/records", "", timeout=10, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["message"]) == (422, "Payload error. Request body is empty. Data is required.")
    for url, status in ((cluster + "x", 404), (cluster, 415)):
        answer = requests.post(f"{url}/topics/{topic}/records", "{}", timeout=10,
                               headers={"Content-Type": "application/json" if status == 404 else "text/plain"})
        assert answer.status_code == status


def send_quietly(stream, text):
    try:
        stream.send(text)
    except OSError:
        pass  # the server has said what it had to say


def test_compressed_bodies_and_expect(server, cluster, topic):
    body = text_of(record(f"{i}") for i in range(2000)).encode()
    answer = requests.post(f"{cluster}/topics/{topic}/records", gzip.compress(body), timeout=30,
                           headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})
    assert [report["offset"] for report in reports_of(answer.text)] == list(range(2000))
    told = subprocess.run(["curl", "-sS", "-H", "Content-Type: application/json", "-H", "Expect: 100-continue",
                           "-H", "Transfer-Encoding: chunked", "--data-binary", "@-",
                           f"{cluster}/topics/{topic}/records"], input=body, capture_output=True, check=True, timeout=60)
    assert len(reports_of(told.stdout.decode())) == 2000


def test_batches(server, cluster, topic):
    answer = requests.post(f"{cluster}/topics/{topic}/records:batch", timeout=10, json={"entries": [
        {"id": "1"} | record("a"), {"id": "2", "value": {"type": "AVRO", "data": 1}}]})
    assert answer.status_code == 207
    assert [each["id"] for each in answer.json()["successes"]] == ["1"]
    assert [(each["id"], each["error_code"]) for each in answer.json()["failures"]] == [("2", 42206)]
    assert values(server, topic) == ["a"]


def test_every_link_leads_somewhere(server, cluster, topic):
    made = requests.post(f"{cluster}/topics", json={"topic_name": topic, "partitions_count": 2}, timeout=10)
    assert made.status_code == 201 and made.headers["Location"] == made.json()["metadata"]["self"]
    requests.post(f"{server.http}/consumers/{topic}", json={"name": "i", "auto.offset.reset": "earliest"}, timeout=10,
                  headers={"Content-Type": "application/vnd.kafka.v2+json"})
    instance = f"{server.http}/consumers/{topic}/instances/i"
    requests.post(f"{instance}/subscription", json={"topics": [topic]}, timeout=10,
                  headers={"Content-Type": "application/vnd.kafka.v2+json"})
    requests.post(f"{cluster}/topics/{topic}/records", text_of([record("a")]), timeout=10,
                  headers={"Content-Type": "application/json"})
    read, end = [], time.time() + 20
    while not read and time.time() < end:
        read = requests.get(f"{instance}/records", timeout=10).json()
    assert read
    requests.post(f"{instance}/offsets", timeout=10)
    seen, todo = {}, [server.http + "/v3/clusters", made.json()["metadata"]["self"],
                      f"{cluster}/consumer-groups/{topic}", f"{cluster}/consumer-groups/{topic}/lags"]
    while todo:
        url = todo.pop()
        answer = requests.get(url, timeout=10)
        seen[url] = answer.status_code
        todo += [each for each in links_of(answer.json()) if is_of_interest(each, topic) and each not in seen | dict.fromkeys(todo)]
    assert len(seen) > 25
    assert {url for url, status in seen.items() if status != 200} <= {f"{cluster}/acls"} | {
        f"{cluster}/topics/{topic}/partitions/{p}/reassignment" for p in (0, 1)}
    lag = requests.get(f"{cluster}/consumer-groups/{topic}/lag-summary", timeout=10).json()
    assert (lag["total_lag"], lag["max_lag_topic_name"]) == (0, topic)
    requests.delete(instance, timeout=10)
    assert requests.delete(f"{cluster}/topics/{topic}", timeout=10).status_code == 204


def links_of(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("self", "related"):
                yield inner
            else:
                yield from links_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from links_of(inner)


def is_of_interest(url, topic):
    """Everything but other tests' topics and groups, and all but a few settings."""
    other = any(part in url for part in ("/topics/", "/consumer-groups/")) and topic not in url and "/-/" not in url
    setting = "/configs/" in url and not url.endswith(("retention.ms", "node.id"))
    return not other and not setting


def test_settings_are_those_that_kafka_tells(server, cluster, topic):
    requests.post(f"{cluster}/topics", json={"topic_name": topic, "configs": [{"name": "retention.ms", "value": "5000"}]},
                  timeout=10)
    configs = f"{cluster}/topics/{topic}/configs"
    one = requests.get(f"{configs}/retention.ms", timeout=10).json()
    assert (one["value"], one["is_default"], one["source"]) == ("5000", False, "DYNAMIC_TOPIC_CONFIG")
    assert one["synonyms"][-1]["source"] == "DEFAULT_CONFIG"
    assert requests.put(f"{configs}/retention.ms", json={"value": "-7"}, timeout=10).status_code == 400
    assert requests.post(f"{configs}:alter", timeout=10, json={"data": [
        {"name": "retention.ms", "operation": "DELETE"}, {"name": "max.message.bytes", "value": "1000"}]}).status_code == 204
    assert requests.get(f"{configs}/retention.ms", timeout=10).json()["is_default"]
    answer = requests.post(f"{cluster}/topics/{topic}/records", text_of([record("x" * 2000), record("y")]), timeout=10,
                           headers={"Content-Type": "application/json"})
    assert [report["error_code"] for report in reports_of(answer.text)] == [50002, 200]


def test_kafka_rest_properties(make_server, tmp_path):
    file = tmp_path / "kafka-rest.properties"
    file.write_text("# as it was\nid=rest-1\nlisteners=http://127.0.0.1:0\nzookeeper.connect=zk:2181\nconsumer.threads=5\n"
                    "consumer.instance.timeout.ms=60000\nsome.day=never\n")
    server = make_server("--kafka-rest-properties", file)
    log = server.log_tail()
    assert f"{file}: taken, and without effect here" in log and "consumer.threads, zookeeper.connect" in log
    assert "unknown, and without effect: some.day" in log
    made = requests.post(f"{server.http}/consumers/g", timeout=10).json()
    assert made["instance_id"].startswith("rest-consumer-rest-1-")
    server.stop()
    file.write_text("\nconsumer.request.timeout.ms=soon\n")
    refused = subprocess.run([BINARY, "up", "--data", tmp_path / "other", "--kafka-rest-properties", file],
                             capture_output=True, text=True, timeout=30)
    assert refused.returncode == 1 and f"{file}:2: consumer.request.timeout.ms = soon" in refused.stderr
