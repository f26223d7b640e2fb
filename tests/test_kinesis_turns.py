"""Puts of many connections at once: what comes in one turn of an event loop shares a batch in the log, every request is told
its own records' places, and what was told is kept over kill -9."""
import base64
import collections
import http.client
import json
import struct
import threading

import pytest

from harness.shards import connect, shards_of

CONNECTIONS = 48
FAULTS = (ConnectionError, http.client.HTTPException)
PLACE = ("ShardId", "SequenceNumber")


class Crowd:
    """Connections that all send before any of them reads. `told` is each record's place, by (stream, data)."""

    def __init__(self, server):
        self.server, self.told, self.refused, self.rounds = server, {}, 0, 0
        self.open()

    def open(self):
        self.connections = [http.client.HTTPConnection(self.server.http.removeprefix("http://"), timeout=30)
                            for _ in range(CONNECTIONS)]

    def request_of(self, number):
        """(action, stream, data of each record, body): one record to one of two streams, now and then three, or none."""
        stream = "two" if number % 3 else "one"
        texts = [f"{self.rounds} {number} {part}" for part in range(3 if number % 11 == 5 else 1)]
        records = [{"Data": base64.b64encode(text.encode()).decode(), "PartitionKey": f"key {number}"} for text in texts]
        if number % 16 == 7:
            records[0]["Data"], texts = "no base64", []
        if len(records) > 1:
            return "PutRecords", stream, texts, {"StreamName": stream, "Records": records}
        return "PutRecord", stream, texts, {"StreamName": stream, **records[0]}

    def round(self):
        self.rounds += 1
        requests = [self.request_of(number) for number in range(CONNECTIONS)]
        for connection, (action, _, _, body) in zip(self.connections, requests):
            connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/x-amz-json-1.1",
                                                               "X-Amz-Target": f"Kinesis_20131202.{action}"})
        for connection, (_, stream, texts, _) in zip(self.connections, requests):
            response = connection.getresponse()
            answer = json.loads(response.read())
            assert response.status == (200 if texts else 400), answer
            self.refused += not texts
            for text, place in zip(texts, answer.get("Records", [answer])):
                self.told[stream, text] = tuple(place[name] for name in PLACE)

    def rounds_until_killed(self):
        try:
            while True:
                self.round()
        except FAULTS:
            for connection in self.connections:
                connection.close()


def read_all(kinesis, stream):
    """The places of each data, in the order of the shards."""
    places = collections.defaultdict(list)
    for shard in shards_of(kinesis, stream):
        place = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        while True:
            answer = kinesis.get_records(ShardIterator=place)
            for record in answer["Records"]:
                places[record["Data"].decode()].append((shard, record["SequenceNumber"]))
            if answer["MillisBehindLatest"] == 0:
                break
            place = answer["NextShardIterator"]
    return places


def check(server, told):
    kinesis = connect(server)
    there = {stream: read_all(kinesis, stream) for stream in ("one", "two")}
    for (stream, text), place in told.items():
        assert there[stream][text] == [place], (stream, text)
    for stream, places in there.items():
        by_key = collections.defaultdict(list)
        for text, found in places.items():
            assert len(found) == 1, (stream, text, found)
            turn, number, part = map(int, text.split())
            by_key[number].append((int(found[0][1]), turn, part))
        for number, records in by_key.items():
            order = [record[1:] for record in sorted(records)]
            assert order == sorted(order), f"the records of key {number} have lost their order"
    return there


def batches(server, stream):
    """Batches in the log of all shards: a header's length stands behind its base offset."""
    count = 0
    for folder in (server.data / "log").glob(f"{stream}-*"):
        for segment in folder.glob("*.log"):
            data, at = segment.read_bytes(), 0
            while at + 12 <= len(data) and (length := struct.unpack_from(">i", data, at + 8)[0]) > 0:
                count, at = count + 1, at + 12 + length
    return count


@pytest.fixture
def crowd(make_server, tmp_path):
    (tmp_path / "one_loop.toml").write_text("[http]\nevent_loops = 1\n")
    server = make_server("--config", tmp_path / "one_loop.toml")
    for stream, shards in (("one", 1), ("two", 2)):
        connect(server).create_stream(StreamName=stream, ShardCount=shards)
    return Crowd(server)


def test_requests_of_a_turn_share_batches_and_nothing_else(crowd):
    for _ in range(20):
        crowd.round()
    there = check(crowd.server, crowd.told)
    assert crowd.refused == 20 * 3
    records = sum(len(places) for places in there.values())
    assert records == len(crowd.told)
    crowd.server.stop()
    made = batches(crowd.server, "one") + batches(crowd.server, "two")
    # Without turns there would be as many; how many requests a turn finds is the scheduler's affair.
    assert made < records * 3 / 4, f"{made} batches of {records} records"


def test_what_a_turn_was_told_outlives_kill_9(crowd):
    for round_ in range(4):
        killer = threading.Timer(0.2 + 0.13 * round_, crowd.server.kill)
        killer.start()
        crowd.rounds_until_killed()
        killer.join()
        crowd.server.start()
        check(crowd.server, crowd.told)
        crowd.open()
    assert len(crowd.told) > 500
