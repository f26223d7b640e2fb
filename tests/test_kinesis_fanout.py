"""Enhanced fan-out with boto3, whose event stream decoder checks every CRC: consumers, pushed records, reshards and kills
meanwhile, slow readers."""
import datetime
import gzip
import json
import random
import socket
import threading
import time

import botocore.eventstream
import botocore.exceptions
import pytest
import requests

from harness import cbor
from harness.fanout import AWAY, Subscriber, consumer_arn
from harness.shards import Producers, check_records, check_tree, connect, reshard_somehow

SHARD = "shardId-000000000000"
UTC = datetime.timezone.utc


@pytest.fixture
def kinesis(server):
    return connect(server)


@pytest.fixture
def stream(kinesis, request):
    name = request.node.name[:100]
    kinesis.create_stream(StreamName=name, ShardCount=1)
    return name


OPEN = []  # event streams of this test


@pytest.fixture(autouse=True)
def event_streams_are_closed():
    """Left to the garbage collector their parts may go in any order, which urllib3 stumbles over."""
    yield
    while OPEN:
        OPEN.pop().close()


def subscribe(kinesis, arn, kind="TRIM_HORIZON", shard=SHARD, **position):
    answer = kinesis.subscribe_to_shard(ConsumerARN=arn, ShardId=shard, StartingPosition={"Type": kind, **position})
    OPEN.append(answer["EventStream"])
    return (event["SubscribeToShardEvent"] for event in answer["EventStream"])


def data(event):
    return [record["Data"] for record in event["Records"]]


def refused(call, code, text):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call()
    assert error.value.response["Error"]["Code"] == code and text in str(error.value), error.value


def test_a_consumers_life(make_server):
    server = make_server()
    kinesis = connect(server)
    kinesis.create_stream(StreamName="s", ShardCount=1)
    stream_arn = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
    made = kinesis.register_stream_consumer(StreamARN=stream_arn, ConsumerName="c", Tags={"team": "data"})["Consumer"]
    assert made["ConsumerARN"] == f"{stream_arn}/consumer/c:{int(made['ConsumerCreationTimestamp'].timestamp())}"
    assert made["ConsumerStatus"] == "ACTIVE"
    refused(lambda: kinesis.register_stream_consumer(StreamARN=stream_arn, ConsumerName="c"), "ResourceInUseException",
            "already exists")
    for i in range(19):
        kinesis.register_stream_consumer(StreamARN=stream_arn, ConsumerName=f"more-{i:02}")
    refused(lambda: kinesis.register_stream_consumer(StreamARN=stream_arn, ConsumerName="20"), "LimitExceededException", "20")
    server.kill()
    server.start()
    kinesis = connect(server)
    pages = kinesis.get_paginator("list_stream_consumers").paginate(StreamARN=stream_arn, PaginationConfig={"PageSize": 7})
    names = [consumer["ConsumerName"] for page in pages for consumer in page["Consumers"]]
    assert names == ["c", *(f"more-{i:02}" for i in range(19))]
    described = kinesis.describe_stream_consumer(ConsumerARN=made["ConsumerARN"])["ConsumerDescription"]
    assert described == {**made, "StreamARN": stream_arn}
    assert kinesis.describe_stream_consumer(StreamARN=stream_arn, ConsumerName="c")["ConsumerDescription"] == described
    assert kinesis.list_tags_for_resource(ResourceARN=made["ConsumerARN"])["Tags"] == [{"Key": "team", "Value": "data"}]
    assert kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["ConsumerCount"] == 20
    kinesis.deregister_stream_consumer(StreamARN=stream_arn, ConsumerName="c")
    refused(lambda: kinesis.describe_stream_consumer(ConsumerARN=made["ConsumerARN"]), "ResourceNotFoundException", "Consumer c")
    refused(lambda: kinesis.delete_stream(StreamName="s"), "ResourceInUseException", "19 consumers")
    kinesis.delete_stream(StreamName="s", EnforceConsumerDeletion=True)
    kinesis.create_stream(StreamName="s", ShardCount=1)
    assert kinesis.list_stream_consumers(StreamARN=stream_arn)["Consumers"] == []


def test_records_are_pushed(kinesis, stream):
    events = subscribe(kinesis, consumer_arn(kinesis, stream, "c"), "LATEST")
    first = next(events)
    assert first["Records"] == [] and first["MillisBehindLatest"] == 0
    waited = []
    for i in range(20):
        put = kinesis.put_record(StreamName=stream, Data=f"{i}".encode(), PartitionKey="k")
        began = time.monotonic()
        event = next(events)
        waited.append(time.monotonic() - began)
        record = event["Records"][0]
        assert (record["Data"], record["PartitionKey"], record["SequenceNumber"]) == (f"{i}".encode(), "k", put["SequenceNumber"])
        assert int(event["ContinuationSequenceNumber"]) > int(put["SequenceNumber"])
    assert sorted(waited)[10] < 0.1, waited
    began = time.monotonic()
    assert next(events)["Records"] == [] and 4 < time.monotonic() - began < 7  # the heartbeat


def test_every_starting_position(kinesis, stream):
    arn = [consumer_arn(kinesis, stream, f"c{i}") for i in range(6)]
    numbers = [kinesis.put_record(StreamName=stream, Data=str(i).encode(), PartitionKey="k")["SequenceNumber"] for i in range(3)]
    time.sleep(1.1)
    between = datetime.datetime.now(UTC) - datetime.timedelta(seconds=0.5)
    kinesis.put_record(StreamName=stream, Data=b"3", PartitionKey="k")
    assert data(next(subscribe(kinesis, arn[0]))) == [b"0", b"1", b"2", b"3"]
    assert data(next(subscribe(kinesis, arn[1], "LATEST"))) == []
    assert data(next(subscribe(kinesis, arn[2], "AT_SEQUENCE_NUMBER", SequenceNumber=numbers[1]))) == [b"1", b"2", b"3"]
    assert data(next(subscribe(kinesis, arn[3], "AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[1]))) == [b"2", b"3"]
    assert data(next(subscribe(kinesis, arn[4], "AT_TIMESTAMP", Timestamp=between))) == [b"3"]
    refused(lambda: subscribe(kinesis, arn[5], "AT_SEQUENCE_NUMBER", SequenceNumber="7"), "InvalidArgumentException", "SubscribeToShard")
    refused(lambda: subscribe(kinesis, arn[5], shard="shardId-000000000005"), "ResourceNotFoundException", "does not exist")
    refused(lambda: subscribe(kinesis, arn[5] + "7"), "ResourceNotFoundException", "Consumer c5")
    refused(lambda: kinesis.subscribe_to_shard(ConsumerARN=arn[5], ShardId=SHARD, StartingPosition={"Type": "LATEST"}, DryRun=True),
            "DryRunOperationException", "would have succeeded")


def test_a_second_subscription_is_refused_and_then_takes_over(kinesis, stream):
    arn = consumer_arn(kinesis, stream, "c")
    first = subscribe(kinesis, arn, "LATEST")
    next(first)
    refused(lambda: subscribe(kinesis, arn, "LATEST"), "ResourceInUseException", "Another active subscription exists")
    time.sleep(5)
    second = subscribe(kinesis, arn, "LATEST")
    next(second)
    with pytest.raises(botocore.exceptions.EventStreamError) as error:
        for _ in range(3):
            next(first)
    assert error.value.response["Error"]["Code"] == "ResourceInUseException"
    kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k")
    assert data(next(second)) == [b"x"]
    kinesis.deregister_stream_consumer(ConsumerARN=arn)
    with pytest.raises(botocore.exceptions.EventStreamError) as error:
        next(second)
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_reshards_meanwhile(make_server):
    server = make_server()
    kinesis = connect(server)
    kinesis.create_stream(StreamName="s", ShardCount=2)
    producers, subscribers = Producers(server, "s"), [Subscriber(server, "s", name) for name in ("a", "b")]
    choice = random.Random(13)
    for _ in range(8):
        time.sleep(0.1)
        reshard_somehow(kinesis, "s", choice)
    producers.stop()
    check_tree(kinesis, "s")
    for subscriber in subscribers:
        check_records(subscriber.finish(), producers.acked, exactly=True)
    assert not producers.errors and sum(map(len, producers.acked.values())) > 100


def test_kill_9_meanwhile(make_server):
    server = make_server()
    connect(server).create_stream(StreamName="s", ShardCount=2)
    producers, subscriber = Producers(server, "s"), Subscriber(server, "s", "c")
    choice, delays = random.Random(14), random.Random(15)
    for _ in range(4):
        time.sleep(delays.uniform(0.3, 0.8))
        try:
            reshard_somehow(connect(server), "s", choice)
        except AWAY:
            pass
        server.kill()
        server.start()
    producers.stop()
    check_records(subscriber.finish(), producers.acked)
    assert sum(map(len, producers.acked.values())) > 50


def raw_subscription(server, arn, kind="TRIM_HORIZON"):
    host, port = server.http.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    body = json.dumps({"ConsumerARN": arn, "ShardId": SHARD, "StartingPosition": {"Type": kind}})
    connection.sendall((f"POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: Kinesis_20131202.SubscribeToShard\r\n"
                        f"Content-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
    return connection


def test_slow_readers_hold_little_memory_and_lose_nothing(make_server):
    server = make_server()
    kinesis = connect(server)
    kinesis.create_stream(StreamName="s", ShardCount=1)
    slow = [raw_subscription(server, consumer_arn(kinesis, "s", f"slow-{i}")) for i in range(10)]
    fast = subscribe(kinesis, consumer_arn(kinesis, "s", "fast"))
    before = server.memory_bytes()
    for i in range(8):  # 32 MB
        records = [{"Data": f"{i} {j} ".encode().ljust(100_000, b"x"), "PartitionKey": "k"} for j in range(40)]
        assert kinesis.put_records(StreamName="s", Records=records)["FailedRecordCount"] == 0
    count = 0
    while count < 320:
        count += len(next(fast)["Records"])
    grown = server.memory_bytes() - before
    assert grown < 200 << 20, f"{grown >> 20} MiB"
    for connection in slow[1:]:
        connection.close()
    # And the one that reads at last gets all of it.
    reader, buffer, got = slow[0].makefile("rb"), botocore.eventstream.EventStreamBuffer(), []
    while reader.readline() != b"\r\n":
        pass
    while len(got) < 320:
        size = int(reader.readline(), 16)
        buffer.add_data(reader.read(size))
        reader.readline()
        for message in buffer:
            if message.headers[":event-type"] == "SubscribeToShardEvent":
                got += [record["SequenceNumber"] for record in json.loads(message.payload)["Records"]]
    assert len(set(got)) == 320 and got == sorted(got, key=int)
    slow[0].close()


def test_events_in_cbor(server, kinesis, stream):
    kinesis.put_record(StreamName=stream, Data=b"\x00\xff", PartitionKey="k")
    body = cbor.dumps({"ConsumerARN": consumer_arn(kinesis, stream, "c"), "ShardId": SHARD,
                       "StartingPosition": {"Type": "TRIM_HORIZON"}})
    headers = {"X-Amz-Target": "Kinesis_20131202.SubscribeToShard", "Content-Type": "application/x-amz-cbor-1.1"}
    with requests.post(server.http, body, headers=headers, stream=True, timeout=30) as answer:
        assert answer.headers["Content-Type"] == "application/vnd.amazon.eventstream" and answer.headers["x-amzn-RequestId"]
        buffer, messages = botocore.eventstream.EventStreamBuffer(), []
        for chunk in answer.iter_content(None):
            buffer.add_data(chunk)
            messages += list(buffer)
            if len(messages) == 2:
                break
    assert [message.headers[":content-type"] for message in messages] == ["application/x-amz-cbor-1.1"] * 2
    assert messages[0].headers[":event-type"] == "initial-response" and cbor.loads(messages[0].payload) == {}
    event = cbor.loads(messages[1].payload)
    assert event["Records"][0]["Data"] == b"\x00\xff" and event["MillisBehindLatest"] == 0
    wrong = requests.post(server.http, cbor.dumps({"ShardId": SHARD}), headers=headers, timeout=30)
    assert wrong.status_code == 400 and cbor.loads(wrong.content)["__type"] == "ValidationException"


def test_a_stop_ends_the_stream(make_server):
    server = make_server()
    kinesis = connect(server)
    kinesis.create_stream(StreamName="s", ShardCount=1)
    arn = consumer_arn(kinesis, "s", "c")
    events = subscribe(kinesis, arn)
    last = next(events)
    ended = threading.Event()
    threading.Thread(target=lambda: (list(events), ended.set())).start()
    began = time.monotonic()
    server.stop()
    assert ended.wait(5) and time.monotonic() - began < 5
    server.start()
    kinesis = connect(server)
    kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k")
    again = subscribe(kinesis, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=last["ContinuationSequenceNumber"])
    assert data(next(again)) == [b"x"]


def test_what_is_refused_is_an_ordinary_answer(server):
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/none/consumer/c:1"
    body = json.dumps({"ConsumerARN": arn, "ShardId": SHARD, "StartingPosition": {"Type": "LATEST"}}).encode()
    headers = {"X-Amz-Target": "Kinesis_20131202.SubscribeToShard", "Content-Type": "application/x-amz-json-1.1"}
    with requests.Session() as session:
        for content, kind in ((body, "ResourceNotFoundException"), (b"{", "SerializationException"),
                              (b"", "SerializationException"), (b"{}", "ValidationException")):
            answer = session.post(server.http, content, headers=headers, timeout=30)
            assert answer.status_code == 400 and answer.json()["__type"] == kind
            assert answer.headers["Content-Type"] == "application/x-amz-json-1.1" and "Content-Length" in answer.headers
        packed = session.post(server.http, gzip.compress(body), headers={**headers, "Content-Encoding": "gzip"}, timeout=30)
        assert packed.status_code == 400 and packed.json()["__type"] == "InvalidArgumentException"
