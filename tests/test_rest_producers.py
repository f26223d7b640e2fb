"""What real producers send by the REST Proxy path, as they send it (requests, a connection each), into clean tables."""
import datetime
import gzip
import json
import socket

import pytest
import requests

from harness import ROOT
from harness.clients import JSON_V2

PIN = json.loads((ROOT / "tests/data/pin.jsonl").read_text().splitlines()[1])
WHEN = datetime.datetime(2020, 8, 28, 3, 52, 47)


def geo(ind, timestamp="2020-08-28 03:52:47"):
    return {"ind": ind, "timestamp": timestamp, "latitude": -5.34445, "longitude": -177.924, "country": "Armenia"}


def post(server, path, body, content_type=JSON_V2, **headers):
    return requests.post(server.http + path, data=body, headers={"Content-Type": content_type, **headers}, timeout=30)


@pytest.mark.parametrize("user, path, value, headers", [
    ("p1", "/test/topics/p1.geo", geo(1), {}),
    ("p2", "/Production/topics/p2.geo", geo(1, WHEN.strftime("%Y-%m-%d %H:%M:%S")), {}),
    ("p3", "/topics/p3.geo", geo(1, WHEN.strftime("%Y:%m:%d %H:%M:%S")), {}),
    ("p4", "/dev/topics/p4.geo", [geo(1, WHEN.isoformat())], {}),
    ("p5", "/p5/topics/p5.geo", geo(1, "2020-08-28T03:52:47.000Z"), {}),
    ("p6", "/test/topics/p6.geo", geo(1), {"Accept": "application/vnd.kafka.v2+json; q=0.9, application/json; q=0.5",
                                           "Access-Control-Allow-Origin": "*"}),
    ("p7", "/prod/topics/p7.geo/", geo(1), {"Accept": "application/vnd.kafka.v2+json"}),
    ("p8", "/dev//topics/p8.geo", geo(1), {}),
    ("p9", "/dev/topics/p9%2Egeo", geo(1), {}),
    ("p10", "/dev/topics/p10.geo", json.dumps(geo(1)), {}),
    ("p11", "/dev/topics/p11.geo", {**{k: v for k, v in geo(1).items() if k != "ind"}, "index": "1"}, {}),
])
def test_a_posted_record_is_a_clean_row(server, user, path, value, headers):
    answer = post(server, path, json.dumps({"records": [{"value": value}]}), **headers)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"offsets": [{"partition": 0, "offset": 0, "error_code": None, "error": None}],
                             "key_schema_id": None, "value_schema_id": None}
    assert answer.headers["Content-Type"].startswith("application/vnd.kafka.v2+json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    server.drain()
    assert server.sql(f'SELECT ind, country, coordinates, timestamp FROM clean."{user}_geo"') == [
        {"ind": 1, "country": "Armenia", "coordinates": [-5.34445, -177.924], "timestamp": "2020-08-28T03:52:47Z"}]


def test_whole_table_in_one_post_with_indented_body(server):
    values = [geo(i) for i in range(11_154)]
    answer = post(server, "/prod/topics/whole.geo", json.dumps({"records": [{"value": v} for v in values]}, indent=4))
    assert answer.status_code == 200
    assert [entry["offset"] for entry in answer.json()["offsets"]] == list(range(11_154))
    server.drain()
    assert server.sql('SELECT count(*) AS n, count(DISTINCT ind) AS d FROM clean."whole_geo"') == [{"n": 11_154, "d": 11_154}]


def test_whole_table_as_one_array_value(server):
    answer = post(server, "/prod/topics/array.geo", json.dumps({"records": [{"value": [geo(i) for i in range(250)]}]}))
    assert answer.status_code == 200
    server.drain()
    assert server.value('SELECT count(DISTINCT ind) FROM clean."array_geo"') == 250


def test_real_rows_arrive_as_they_were_cleaned_by_hand(server):
    for kind in ("pin", "user"):
        rows = (ROOT / f"tests/data/{kind}.jsonl").read_text().splitlines()
        post(server, f"/test/topics/rows.{kind}", json.dumps({"records": [{"value": json.loads(row)} for row in rows]}))
    server.drain()
    assert server.value('SELECT count(*) FROM clean."rows_pin"') == 61
    first = server.sql('SELECT * FROM clean."rows_pin" WHERE ind = 7528')[0]
    assert list(first) == ["ind", "unique_id", "title", "description", "follower_count", "poster_name", "tag_list",
                           "is_image_or_video", "image_src", "save_location", "category"]
    assert [first[name] for name in ("title", "description", "follower_count", "poster_name", "tag_list", "image_src")] == [None] * 6
    assert first["save_location"] == "/data/mens-fashion"
    second = server.sql(f'SELECT * FROM clean."rows_pin" WHERE ind = {PIN["index"]}')[0]
    assert (second["follower_count"], second["description"]) == (124_000, PIN["description"])
    assert server.sql('SELECT * FROM clean."rows_user" WHERE ind = 7528') == [
        {"ind": 7528, "user_name": "Abigail Ali", "age": 20, "date_joined": "2015-10-24T11:23:51Z"}]


def test_stored_bytes_are_compact_json_in_the_clients_order(server):
    body = '{"records": [{"value": {"b": 1.50, "a": "\\u00e9\\u2026", "big": 12345678901234567890, "b2": [1, 2]}}]}'
    assert post(server, "/topics/bytes", body).status_code == 200
    assert server.value('SELECT value FROM raw."bytes"') == '{"b":1.50,"a":"é…","big":12345678901234567890,"b2":[1,2]}'


def test_keys_partitions_and_binary(server):
    server.run("topics", "create", "parted", "--partitions", "3")
    body = '{"records":[{"key":"a","value":{"x":1},"partition":2},{"value":{"x":2},"partition":0}]}'
    assert [e["partition"] for e in post(server, "/topics/parted", body).json()["offsets"]] == [2, 0]
    assert post(server, "/topics/parted/partitions/1", '{"records":[{"value":{"x":3}}]}').json()["offsets"][0] == {
        "partition": 1, "offset": 0, "error_code": None, "error": None}
    binary = '{"records":[{"value":"AAH/"}]}'
    assert post(server, "/topics/raw_bytes", binary, "application/vnd.kafka.binary.v2+json").status_code == 200
    assert server.sql('SELECT value, value_bytes FROM raw."raw_bytes"') == [{"value": None, "value_bytes": "AAH/"}]


def test_reading_topics(server):
    post(server, "/topics/seen", '{"records":[{"value":1}]}')
    assert "seen" in requests.get(server.http + "/topics", timeout=5).json()
    topic = requests.get(server.http + "/test/topics/seen", timeout=5).json()
    assert topic["name"] == "seen" and [p["partition"] for p in topic["partitions"]] == [0]
    assert requests.get(server.http + "/topics/seen/partitions", timeout=5).json()[0]["partition"] == 0
    assert requests.get(server.http + "/topics/nothing_here", timeout=5).json()["error_code"] == 40401
    assert "brokers" in requests.get(server.http + "/brokers", timeout=5).json()


def test_gzip_chunked_and_expect_continue(server):
    body = json.dumps({"records": [{"value": {"x": 1}}]}).encode()
    assert post(server, "/topics/encoded", gzip.compress(body), **{"Content-Encoding": "gzip"}).status_code == 200
    assert post(server, "/topics/encoded", iter([body[:10], body[10:]])).status_code == 200
    host, port = server.http.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as sock:
        head = f"POST /topics/encoded HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON_V2}\r\nContent-Length: {len(body)}\r\n"
        sock.sendall((head + "Expect: 100-continue\r\n\r\n").encode())
        assert sock.recv(1000).startswith(b"HTTP/1.1 100")
        sock.sendall(body)
        assert sock.recv(1000).startswith(b"HTTP/1.1 200")
    assert server.value('SELECT count(*) FROM raw."encoded"') == 3


def test_pipelined_requests_are_answered_in_order(server):
    host, port = server.http.removeprefix("http://").split(":")
    one = lambda n: (b"POST /topics/piped HTTP/1.1\r\nHost: x\r\nContent-Type: " + JSON_V2.encode() +
                     b"\r\nContent-Length: %d\r\n\r\n" % len(n) + n)
    bodies = [json.dumps({"records": [{"value": i}]}).encode() for i in range(20)]
    with socket.create_connection((host, int(port)), 10) as sock:
        sock.sendall(b"".join(map(one, bodies)))
        received = b""
        while received.count(b"HTTP/1.1 200") < 20 or not received.endswith(b"}"):
            piece = sock.recv(65536)
            assert piece, received
            received += piece
    offsets = [int(part.split(b",")[0]) for part in received.split(b'"offset":')[1:]]
    assert offsets == list(range(20))


def test_cors_preflight(server):
    answer = requests.options(server.http + "/test/topics/any", timeout=5)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Methods"] == "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"
    assert "X-Api-Key" in answer.headers["Access-Control-Allow-Headers"]


def test_purge_keeps_tables_and_offsets(server):
    post(server, "/topics/purged.geo", json.dumps({"records": [{"value": geo(1)}, {"value": geo(2)}]}))
    server.drain()
    server.run("topics", "purge", "purged.geo", "--yes")
    assert server.value('SELECT count(*) FROM raw."purged.geo"') == 0
    answer = post(server, "/topics/purged.geo", json.dumps({"records": [{"value": geo(3)}]}))
    assert answer.json()["offsets"][0]["offset"] == 2
    server.drain()
    assert [row["ind"] for row in server.sql('SELECT ind FROM clean."purged_geo" ORDER BY ind')] == [1, 2, 3]
