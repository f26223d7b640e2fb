"""Nonsense at the doors: the protocol's own error, the connection's fate, and everybody else unharmed."""
import gzip
import json
import socket
import struct

import pytest

from harness import Rest
from harness.clients import BINARY_V2, JSON_V2


@pytest.fixture
def rest(server):
    return Rest(server.http)


def produce(rest, body, content_type=JSON_V2, topic="bad_input"):
    status, headers, answer = rest.request("POST", f"/test/topics/{topic}", body, {"Content-Type": content_type})
    return status, json.loads(answer)


def clipped(value):
    """A parameter's name: pytest keeps the names of all tests, and a body of a megabyte would be one."""
    return repr(value)[:60]


@pytest.mark.parametrize("body, content_type, status, code", ids=clipped, argvalues=[
    (b"{", JSON_V2, 400, 400),
    (b"", JSON_V2, 422, 422),
    (b"[]", JSON_V2, None, None),
    (b'{"records":[{"value":{"a":1}}],"records":7}', JSON_V2, None, None),
    (b'{"records":[{"value":{"a":1}]}', JSON_V2, 400, 400),
    (b'{"records":[]}', JSON_V2, 422, 422),
    (b'{}', JSON_V2, 422, 422),
    (b'{"records":[{"value":1}]}', "application/json", 415, 415),
    (b'{"records":[{"value":1}]}', "text/plain", 415, 415),
    (b'{"records":[{"value":"not base64!"}]}', BINARY_V2, 400, None),
    (b'{"records":[{"value":1,"partition":7}]}', JSON_V2, 404, 40402),
    (b'{"records":[{"value":1,"partition":-1}]}', JSON_V2, 422, 422),
    (b'{"records":[{"value":1,"partition":1e99}]}', JSON_V2, 422, 422),
    (b'{"records":[{"value":1,"partition":99999999999999999999}]}', JSON_V2, 422, 422),
    (b'{"records":[{"value":"\xff\xfe"}]}', JSON_V2, 400, 400),
    (b'{"records":[{"value":"a\x00b"}]}', JSON_V2, 400, 400),
    (b'{"records":[{"value":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}]}", JSON_V2, 400, 400),
    (b'{"records":[{"value":01}]}', JSON_V2, 400, 400),
    (b'{"records":[{"value":1e}]}', JSON_V2, 400, 400),
])
def test_refused_with_the_doors_own_error(rest, body, content_type, status, code):
    found, answer = produce(rest, body, content_type)
    assert 400 <= found < 500 and answer["message"], answer
    assert status in (None, found) and code in (None, answer["error_code"]), answer
    assert produce(rest, b'{"records":[{"value":{"ok":1}}]}')[0] == 200, "the connection must live"


@pytest.mark.parametrize("name", ["", "..", ".", "x" * 250, "a%2", "a%zz"], ids=clipped)
def test_odd_topic_names(rest, name):
    status, _, answer = rest.request("POST", f"/test/topics/{name}", b'{"records":[{"value":1}]}', {"Content-Type": JSON_V2})
    assert 400 <= status < 500 and json.loads(answer)["message"], (status, answer)


def test_a_topic_name_with_every_odd_character(rest):
    """Each byte there is, percent-encoded in the middle of a name: Kafka's letters work, all others are refused."""
    allowed = set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    for byte in range(256):
        status, _, answer = rest.request("POST", f"/test/topics/odd%{byte:02X}name", b'{"records":[{"value":1}]}',
                                         {"Content-Type": JSON_V2})
        assert status == (200 if byte in allowed else 422), (chr(byte), status, answer)
        if status == 422:
            assert json.loads(answer)["error_code"] == 42201, (chr(byte), answer)
    listed = json.loads(rest.request("GET", "/topics")[2])
    assert {name for name in listed if name.startswith("odd")} == {f"odd{chr(byte)}name" for byte in allowed}


def test_a_stream_name_with_every_odd_character(server, rest):
    allowed = set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    for byte in set(range(256)) - allowed - {ord("/")}:
        status, _, answer = rest.request("POST", f"/test/streams/odd%{byte:02X}stream", b'{"ShardCount":1}',
                                         {"Content-Type": "application/json"})
        assert status == 400 and json.loads(answer)["__type"].endswith("Exception"), (chr(byte), status, answer)


def test_body_limit_is_ten_mebibytes(server, rest):
    def body(size):
        head, tail = b'{"records":[', b']}'
        record = b'{"value":"' + b"x" * 999_000 + b'"},'
        text = head + record * ((size - 1000) // len(record))
        text += b'{"value":"'
        return text + b"y" * (size - len(text) - len(b'"}' + tail)) + b'"}' + tail

    exact = body(10 << 20)
    assert len(exact) == 10 << 20
    assert produce(rest, exact, topic="big")[0] == 200
    for path in ("/topics/big", "/test/topics/big"):
        status, _, answer = rest.request("POST", path, body((10 << 20) + 1), {"Content-Type": JSON_V2})
        assert status == 413 and json.loads(answer)["error_code"] == 413, answer
        rest.close()
    packed = gzip.compress(body((10 << 20) + 1), 1)
    status, _, answer = rest.request("POST", "/topics/big", packed, {"Content-Type": JSON_V2, "Content-Encoding": "gzip"})
    assert status == 413 and len(packed) < 1 << 20, "the limit counts what is unpacked"
    rest.close()
    assert server.value('SELECT count(*) FROM raw."big"') == exact.count(b'"value"')


def test_a_record_over_the_topics_limit_fails_alone(server, rest):
    server.run("topics", "create", "limits", "--config", "max.message.bytes=1000000")
    body = json.dumps({"records": [{"value": "x" * 1_100_000}, {"value": "small"}]})
    status, answer = produce(rest, body, topic="limits")
    assert status == 200
    first, second = answer["offsets"]
    assert (first["offset"], first["error_code"]) == (None, 50002) and "max.message.bytes" in first["error"]
    assert second["offset"] == 0


def test_duplicate_keys_last_one_wins(server, rest):
    assert produce(rest, b'{"records":[{"value":{"a":1,"b":2,"a":3}}]}', topic="dupes")[0] == 200
    assert json.loads(server.value('SELECT value FROM raw."dupes"')) == {"a": 3, "b": 2}


def test_nul_and_text_hazards_arrive_as_they_are(server, rest):
    text = "a\\u0000b \\ud83d\\ude0d \u00a0 \\u2028 \\\\ \\\" \\u007f"
    body = '{"records":[{"value":{"ind":1,"country":"%s"}}]}' % text
    assert produce(rest, body.encode(), topic="hazards.geo")[0] == 200
    server.drain()
    wanted = json.loads('"%s"' % text)
    assert json.loads(server.value('SELECT value FROM raw."hazards.geo"'))["country"] == wanted
    assert server.value('SELECT country FROM clean."hazards_geo"') == wanted


def raw_exchange(server, data, timeout=10):
    host, port = server.http.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout) as sock:
        sock.sendall(data)
        try:
            return sock.recv(65536)
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize("data, status", ids=clipped, argvalues=[
    (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(100_000)) + b"\r\n", b"431"),
    (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n", b"431"),
    (b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n", b"4"),
    (b"nonsense\r\n\r\n", b"400"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100, b"400"),
    (b"POST /topics/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
    (b"POST /topics/x HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", b"400"),
    (b"POST /topics/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n", b"413"),
    (b"POST /topics/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
])
def test_broken_http(server, rest, data, status):
    try:
        answer = raw_exchange(server, data)
    except (BrokenPipeError, ConnectionResetError):
        answer = b""
    assert answer == b"" or answer.split(b" ")[1].startswith(status), answer[:200]
    assert produce(rest, b'{"records":[{"value":1}]}')[0] == 200


def test_half_requests_do_not_hurt_others(server, rest):
    host, port = server.http.removeprefix("http://").split(":")
    held = []
    for i in range(50):
        sock = socket.create_connection((host, int(port)), 10)
        sock.sendall(b"POST /topics/half HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhal" if i % 2 else b"POST /to")
        held.append(sock)
    assert produce(rest, b'{"records":[{"value":1}]}')[0] == 200
    for sock in held:  # half of them leave with a reset
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
    assert produce(rest, b'{"records":[{"value":1}]}')[0] == 200
    assert "half" not in json.loads(rest.request("GET", "/topics")[2])


def test_a_client_that_stops_reading_costs_no_memory_and_nobody_else(server, rest):
    """Asks for far more than the socket's buffers hold and reads none of it."""
    for i in range(200):
        rest.produce(f"deaf_{'x' * 100}_{i}", [1])
    host, port = server.http.removeprefix("http://").split(":")
    before, sent, deaf = server.memory_bytes(), 0, []
    for _ in range(4):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        sock.connect((host, int(port)))
        sock.settimeout(1)
        deaf.append(sock)
        try:
            for _ in range(2000):
                sent += sock.send(b"GET /topics HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        except (TimeoutError, ConnectionError):
            pass  # its requests are no longer read: that is the point
    assert sent > 0 and server.memory_bytes() - before < 64 << 20
    assert produce(rest, b'{"records":[{"value":1}]}')[0] == 200
    for sock in deaf:
        sock.close()


BAD_VALUES = [
    ("not JSON object", '"just text"'), ("number", "7"), ("no ind", '{"country":"X"}'),
    ("ind not integer", '{"ind":"12.5","country":"X"}'), ("true", '{"ind":true}'),
    ("latitude", '{"ind":1,"latitude":91,"longitude":0}'), ("longitude", '{"ind":1,"latitude":0,"longitude":-181}'),
    ("timestamp", '{"ind":1,"timestamp":"yesterday"}'), ("object for text", '{"ind":1,"country":{"a":1}}'),
    ("array with one bad", '[{"ind":1},{"ind":"x"}]'), ("huge", '{"ind":99999999999999999999}'),
    ("infinite", '{"ind":1,"latitude":1e999,"longitude":0}'), ("nested", '{"ind":1,"country":[[1]]}'),
]


def test_what_cannot_be_cleaned_is_quarantined_with_its_reason(server, rest):
    values = ",".join('{"value":%s}' % value for _, value in BAD_VALUES)
    good = '{"value":{"ind":5,"country":"Chad"}},{"value":null},{"value":[]},{"value":{"ind":"6"}},{"value":{"ind":33.0}}'
    status, _ = produce(rest, ('{"records":[' + values + "," + good + "]}").encode(), topic="quar.geo")
    assert status == 200
    server.drain()
    rows = server.sql('SELECT _offset, rule, message, decode(value) AS value FROM quarantine."quar_geo" ORDER BY _offset')
    assert [row["_offset"] for row in rows] == list(range(len(BAD_VALUES))), rows
    assert all(row["rule"] and row["message"] for row in rows)
    assert [row["value"] for row in rows] == [value for _, value in BAD_VALUES]
    assert [row["ind"] for row in server.sql('SELECT ind FROM clean."quar_geo" ORDER BY ind')] == [5, 6, 33]
