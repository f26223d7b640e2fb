"""Real Kafka clients, and clients that misbehave, at the Kafka door."""
import json
import shutil
import socket
import struct
import subprocess
import time

import pytest

from harness import ROOT, Rest

CLIENT = ROOT / "tests/kafka_clients/client.py"
METADATA_V4 = struct.pack(">hhih", 3, 4, 7, -1) + struct.pack(">i?", -1, False)


@pytest.fixture
def client(server, kafka_python):
    """client(action, …): its standard output."""
    def run(*arguments, **options):
        result = subprocess.run([kafka_python, CLIENT, server.ready["kafka"], *arguments], capture_output=True,
                                text=True, timeout=180, **options)
        assert result.returncode == 0, f"{arguments}:\n{result.stdout}{result.stderr[-4000:]}"
        return result.stdout
    return run


def connect(server):
    host, port = server.ready["kafka"].rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=10)


def framed(body):
    return struct.pack(">i", len(body)) + body


def answer_of(connection):
    def exactly(count):
        got = b""
        while len(got) < count:
            more = connection.recv(count - len(got))
            if not more:
                return None
            got += more
        return got
    size = exactly(4)
    return size and exactly(struct.unpack(">i", size)[0])


def ask(connection, body):
    connection.sendall(framed(body))
    return answer_of(connection)


def is_closed(connection):
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("library", ["confluent-kafka", "kafka-python"])
def test_every_codec_there_and_back(client, library):
    client("round-trip", library)


def test_kcat_there_and_back(server):
    kcat = shutil.which("kcat")
    if not kcat:
        pytest.skip("NOT TESTED: kcat is not installed; ./dev test --all installs it")
    common = [kcat, "-b", server.ready["kafka"], "-t", "of_kcat"]
    lines = "".join(f"k{i}:v{i}\n" for i in range(100))
    subprocess.run([*common, "-P", "-K:", "-z", "lz4"], input=lines, text=True, check=True, timeout=60)
    result = subprocess.run([*common, "-C", "-K:", "-e", "-q", "-o", "beginning"], capture_output=True, text=True,
                            check=True, timeout=60)
    assert result.stdout == lines


def test_one_log_many_doors(server, client):
    rest = Rest(server.http)
    rest.produce("both_ways", [{"a": 1}, {"b": "two"}])
    client("produce", "both_ways", input='{"key": "k", "value": "{\\"c\\": 3}"}\n')
    got = [json.loads(line) for line in client("consume", "both_ways", "3").splitlines()]
    assert [json.loads(each["value"]) for each in got] == [{"a": 1}, {"b": "two"}, {"c": 3}]
    assert [each["key"] for each in got] == [None, None, "k"] and [each["offset"] for each in got] == [0, 1, 2]
    rows = server.sql('SELECT "offset", "key", "value" FROM raw."both_ways" ORDER BY "offset"')
    assert rows[2]["key"] == "k" and json.loads(rows[2]["value"]) == {"c": 3}


def test_bad_frames_disturb_nobody(server):
    bystander = connect(server)
    whole = framed(METADATA_V4)
    bad = [struct.pack(">i", size) + METADATA_V4 for size in (-1, 0, 7, 104857601, 2**31 - 1)]
    bad += [framed(METADATA_V4[:size]) for size in range(8, len(METADATA_V4))]
    bad += [framed(struct.pack(">hhih", key, version, 1, -1)) for key, version in
            [(200, 0), (4, 0), (-1, 0), (0, 99), (1, 99), (3, 13), (3, -1), (32767, 32767)]]
    bad += [framed(struct.pack(">hhih", key, 0, 1, -1) + b"\x7f\xff\xff\xff" * 8) for key in range(3)]
    bad += [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00" + b"\x01" * 200]
    for frame in bad:
        with connect(server) as connection:
            connection.sendall(frame)
            assert is_closed(connection), frame[:40]
        assert ask(bystander, METADATA_V4)
    for size in range(len(whole)):  # half a frame, then gone
        with connect(server) as connection:
            connection.sendall(whole[:size])
    assert ask(bystander, METADATA_V4)


def test_versions_of_the_future_are_answered(server):
    with connect(server) as connection:
        assert ask(connection, struct.pack(">hhih", 18, 99, 5, -1)) == bytes.fromhex(
            "00000005 0023 00000001 0012 0000 0004")
        assert ask(connection, struct.pack(">hhih", 18, 0, 6, -1))[:6] == bytes.fromhex("00000006 0000")


def test_a_killed_client_leaves_whole_batches(server, kafka_python, client):
    for _ in range(3):
        flood = subprocess.Popen([kafka_python, CLIENT, server.ready["kafka"], "flood", "killed"])
        time.sleep(2)
        flood.kill()
        flood.wait()
    row = server.sql('SELECT count(*) AS all_of_them, count(*) FILTER (length("value") = 10000) AS whole FROM raw."killed"')
    count = row[0]["whole"]
    assert count > 0 and count == row[0]["all_of_them"]
    client("consume", "killed", str(min(count, 1000)))


def test_thousands_of_connections(server):
    before = server.memory_bytes()
    connections = [connect(server) for _ in range(2000)]
    for connection in connections:
        connection.sendall(framed(METADATA_V4))
    assert all(answer_of(connection) for connection in connections)
    assert server.memory_bytes() - before < 40_000_000
    for connection in connections:
        connection.close()
    with connect(server) as connection:
        assert ask(connection, METADATA_V4)


def test_what_is_not_committed_is_nobodys(server, client):
    """Neither `raw` nor `tail` show records of aborted and of open transactions."""
    for action, value in [("abort", "gone"), ("commit", "kept"), ("abort", "gone too")]:
        client(action, "decided", input=json.dumps({"key": None, "value": value}) + "\n")
    seen = [json.loads(line)["value"] for line in server.run("tail", "decided", "--last", "-1").stdout.splitlines()]
    assert seen == ["kept"]
    assert server.value('SELECT list("value") FROM raw."decided"') == ["kept"]
    client("leave-open", "decided")
    assert server.value('SELECT count(*) FROM raw."decided"') == 1
    assert server.run("tail", "decided", "--last", "-1").stdout.count("\n") == 1


def test_an_open_transaction_is_decided_also_where_the_door_stays_closed(make_server, kafka_python, tmp_path):
    server = make_server()
    Rest(server.http).produce("tx.geo", [{"ind": 1}])
    subprocess.run([kafka_python, CLIENT, server.ready["kafka"], "leave-open", "tx.geo"], check=True, timeout=60)
    Rest(server.http).produce("tx.geo", [{"ind": 3}])
    server.kill()
    server = make_server(kafka=None)
    assert "kafka" not in server.ready
    started = time.monotonic()
    while [row["ind"] for row in server.sql('SELECT ind FROM clean."tx_geo" ORDER BY ind')] != [1, 3]:
        assert time.monotonic() - started < 30, "what stands behind the transaction does not come into the table"
        time.sleep(0.2)
