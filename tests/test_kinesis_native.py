"""The service's own API, as boto3 speaks it, and in CBOR, as the AWS SDK for Java does."""
import base64
import datetime
import hashlib
import json
import re
import subprocess
import time

import boto3
import botocore.client
import botocore.exceptions
import pytest
import requests

from harness import ROOT, cbor

ACCOUNT = "000000000000"
KAFKA_CLIENT = ROOT / "tests/kafka_clients/client.py"
UTC = datetime.timezone.utc


def connect(server):
    return boto3.client("kinesis", endpoint_url=server.http, region_name="us-east-1", aws_access_key_id="any",
                        aws_secret_access_key="key", config=botocore.client.Config(retries={"total_max_attempts": 1}))


@pytest.fixture
def kinesis(server):
    return connect(server)


@pytest.fixture
def stream(kinesis, request):
    """A stream of one shard, of this test's own."""
    name = request.node.name.replace("[", "-").replace("]", "")[:100]
    kinesis.create_stream(StreamName=name, ShardCount=1)
    return name


@pytest.fixture
def kafka(server, kafka_python):
    def run(*arguments, **options):
        result = subprocess.run([kafka_python, KAFKA_CLIENT, server.ready["kafka"], *arguments], capture_output=True,
                                text=True, timeout=180, **options)
        assert result.returncode == 0, result.stdout + result.stderr[-4000:]
        return result.stdout
    return run


def refused(call, code, text):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call()
    assert error.value.response["Error"]["Code"] == code, error.value
    assert text in error.value.response["Error"]["Message"], error.value
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def iterator(kinesis, stream, kind="TRIM_HORIZON", shard="shardId-000000000000", **more):
    return kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType=kind, **more)["ShardIterator"]


def read(kinesis, stream, kind="TRIM_HORIZON", **more):
    return [record["Data"] for record in kinesis.get_records(ShardIterator=iterator(kinesis, stream, kind, **more))["Records"]]


def test_a_streams_life(kinesis):
    kinesis.create_stream(StreamName="life", ShardCount=3, Tags={"team": "data"})
    kinesis.get_waiter("stream_exists").wait(StreamName="life")
    description = kinesis.describe_stream(StreamName="life")["StreamDescription"]
    assert description["StreamARN"] == f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/life"
    assert (description["StreamStatus"], description["RetentionPeriodHours"]) == ("ACTIVE", 24)
    assert description["StreamModeDetails"] == {"StreamMode": "PROVISIONED"}
    assert abs(description["StreamCreationTimestamp"] - datetime.datetime.now(UTC)) < datetime.timedelta(minutes=1)
    ranges = [(int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"]))
              for shard in description["Shards"]]
    assert ranges[0][0] == 0 and ranges[-1][1] == 2**128 - 1
    assert all(after[0] == before[1] + 1 for before, after in zip(ranges, ranges[1:]))
    summary = kinesis.describe_stream_summary(StreamARN=description["StreamARN"])["StreamDescriptionSummary"]
    assert (summary["OpenShardCount"], summary["ConsumerCount"], summary["StreamName"]) == (3, 0, "life")
    refused(lambda: kinesis.create_stream(StreamName="life", ShardCount=1), "ResourceInUseException",
            f"Stream life under account {ACCOUNT} already exists.")
    kinesis.delete_stream(StreamName="life", EnforceConsumerDeletion=True)
    kinesis.get_waiter("stream_not_exists").wait(StreamName="life")
    refused(lambda: kinesis.describe_stream(StreamName="life"), "ResourceNotFoundException",
            f"Stream life under account {ACCOUNT} not found.")
    refused(lambda: kinesis.delete_stream(StreamARN=description["StreamARN"]), "ResourceNotFoundException", "life")


def test_streams_and_shards_are_listed_in_pages(kinesis):
    names = [f"listed-{i:02}" for i in range(12)]
    for name in names:
        kinesis.create_stream(StreamName=name, ShardCount=1)
    pages = kinesis.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 5})
    found = [name for page in pages for name in page["StreamNames"]]
    assert [name for name in found if name.startswith("listed-")] == names and len(found) == len(set(found))
    page = kinesis.list_streams(ExclusiveStartStreamName="listed-09", Limit=2)
    assert page["StreamNames"] == names[10:] and page["StreamSummaries"][0]["StreamStatus"] == "ACTIVE"
    kinesis.create_stream(StreamName="sharded", ShardCount=11)
    page = kinesis.list_shards(StreamName="sharded", MaxResults=4)
    shards = [shard["ShardId"] for shard in page["Shards"]]
    while "NextToken" in page:  # boto3's paginator repeats the StreamName, which the service refuses
        page = kinesis.list_shards(NextToken=page["NextToken"], MaxResults=4)
        shards += [shard["ShardId"] for shard in page["Shards"]]
    assert shards == [f"shardId-{i:012}" for i in range(11)]
    after = kinesis.list_shards(StreamName="sharded", ShardFilter={"Type": "AFTER_SHARD_ID", "ShardId": shards[8]})
    assert [shard["ShardId"] for shard in after["Shards"]] == shards[9:]
    for kind in ("AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST"):
        assert len(kinesis.list_shards(StreamName="sharded", ShardFilter={"Type": kind})["Shards"]) == 11
    past = datetime.datetime.now(UTC) - datetime.timedelta(hours=1)
    assert kinesis.list_shards(StreamName="sharded", ShardFilter={"Type": "AT_TIMESTAMP", "Timestamp": past})["Shards"] == []
    described = kinesis.get_paginator("describe_stream").paginate(StreamName="sharded", PaginationConfig={"PageSize": 4})
    assert [shard["ShardId"] for page in described for shard in page["StreamDescription"]["Shards"]] == shards
    refused(lambda: kinesis.list_shards(NextToken="AAAA"), "InvalidArgumentException", "NextToken is invalid.")
    refused(lambda: kinesis.list_shards(), "InvalidArgumentException", "Either NextToken or StreamName should be provided.")


def test_records_there_and_back(kinesis, stream):
    first = kinesis.put_record(StreamName=stream, Data=b"\x00\xff", PartitionKey="ä")
    assert first["ShardId"] == "shardId-000000000000" and len(first["SequenceNumber"]) == 56
    many = kinesis.put_records(StreamARN=f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}",
                               Records=[{"Data": f"{i}".encode(), "PartitionKey": f"k{i}"} for i in range(500)])
    assert many["FailedRecordCount"] == 0 and len(many["Records"]) == 500
    numbers = [first["SequenceNumber"], *(entry["SequenceNumber"] for entry in many["Records"])]
    assert [int(number) for number in numbers] == sorted({int(number) for number in numbers})
    answer = kinesis.get_records(ShardIterator=iterator(kinesis, stream))
    assert [record["Data"] for record in answer["Records"]] == [b"\x00\xff", *(f"{i}".encode() for i in range(500))]
    assert [record["SequenceNumber"] for record in answer["Records"]] == numbers
    assert answer["Records"][0]["PartitionKey"] == "ä" and answer["MillisBehindLatest"] == 0
    arrival = answer["Records"][0]["ApproximateArrivalTimestamp"]
    assert abs(arrival - datetime.datetime.now(UTC)) < datetime.timedelta(minutes=1)


def test_iterators_of_every_kind(kinesis, stream):
    numbers = [kinesis.put_record(StreamName=stream, Data=str(i).encode(), PartitionKey="k")["SequenceNumber"] for i in range(3)]
    time.sleep(1.1)
    between = datetime.datetime.now(UTC) - datetime.timedelta(seconds=0.5)
    kinesis.put_record(StreamName=stream, Data=b"3", PartitionKey="k")
    assert read(kinesis, stream) == [b"0", b"1", b"2", b"3"]
    assert read(kinesis, stream, "LATEST") == []
    assert read(kinesis, stream, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]) == [b"1", b"2", b"3"]
    assert read(kinesis, stream, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]) == [b"2", b"3"]
    assert read(kinesis, stream, "AT_TIMESTAMP", Timestamp=between) == [b"3"]
    start = kinesis.list_shards(StreamName=stream)["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"]
    assert read(kinesis, stream, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=start) == [b"0", b"1", b"2", b"3"]


def test_pages_of_records_and_a_reader_that_waits(kinesis, stream):
    for i in range(7):
        kinesis.put_record(StreamName=stream, Data=str(i).encode(), PartitionKey="k")
    place, pages = iterator(kinesis, stream), []
    while len(pages) < 4:
        answer = kinesis.get_records(ShardIterator=place, Limit=3)
        pages.append([record["Data"] for record in answer["Records"]])
        assert (answer["MillisBehindLatest"] == 0) == (len(pages) >= 3)
        place = answer["NextShardIterator"]
    assert pages == [[b"0", b"1", b"2"], [b"3", b"4", b"5"], [b"6"], []]
    kinesis.put_record(StreamName=stream, Data=b"late", PartitionKey="k")
    assert [record["Data"] for record in kinesis.get_records(ShardIterator=place)["Records"]] == [b"late"]


def test_an_answer_is_bounded(kinesis, stream):
    for _ in range(3):
        answer = kinesis.put_records(StreamName=stream, Records=[{"Data": b"x" * 1_000_000, "PartitionKey": "k"}] * 4)
        assert answer["FailedRecordCount"] == 0
    answer = kinesis.get_records(ShardIterator=iterator(kinesis, stream))
    assert len(answer["Records"]) == 10 and answer["MillisBehindLatest"] > 0
    assert len(kinesis.get_records(ShardIterator=answer["NextShardIterator"])["Records"]) == 2


def test_keys_choose_shards(kinesis):
    kinesis.create_stream(StreamName="keyed", ShardCount=4)
    for i in range(20):
        answer = kinesis.put_record(StreamName="keyed", Data=b"x", PartitionKey=f"k{i}")
        shard = int(hashlib.md5(f"k{i}".encode()).hexdigest(), 16) * 4 >> 128
        assert answer["ShardId"] == f"shardId-{shard:012}"
    answer = kinesis.put_record(StreamName="keyed", Data=b"x", PartitionKey="k", ExplicitHashKey=str(2**128 - 1))
    assert answer["ShardId"] == "shardId-000000000003"
    refused(lambda: kinesis.put_record(StreamName="keyed", Data=b"x", PartitionKey="k", ExplicitHashKey=str(2**128)),
            "InvalidArgumentException", "ExplicitHashKey must be in the range: [0, 2^128-1]")


def test_refusals_in_the_services_words(kinesis, stream):
    put = kinesis.put_record
    refused(lambda: put(StreamName="no-such", Data=b"x", PartitionKey="k"), "ResourceNotFoundException",
            f"Stream no-such under account {ACCOUNT} not found.")
    refused(lambda: put(StreamName=stream, Data=b"x", PartitionKey="k" * 257), "ValidationException",
            "at 'partitionKey' failed to satisfy constraint: Member must have length less than or equal to 256")
    refused(lambda: put(StreamName=stream, Data=b"x" * 1_048_577, PartitionKey="k"), "ValidationException",
            "Value 'java.nio.HeapByteBuffer[pos=0 lim=1048577 cap=1048577]' at 'data' failed to satisfy constraint: "
            "Member must have length less than or equal to 1048576")
    refused(lambda: put(StreamName="a b", Data=b"x", PartitionKey="k"), "ValidationException",
            "Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: "
            "[a-zA-Z0-9_.-]+")
    refused(lambda: kinesis.put_records(StreamName=stream, Records=[{"Data": b"x", "PartitionKey": "k"}] * 501),
            "ValidationException", "at 'records' failed to satisfy constraint: Member must have length less than or equal to 500")
    refused(lambda: kinesis.get_shard_iterator(StreamName=stream, ShardId="shardId-000000000009", ShardIteratorType="LATEST"),
            "ResourceNotFoundException", f"Shard shardId-000000000009 in stream {stream} under account {ACCOUNT} does not exist")
    refused(lambda: iterator(kinesis, stream, "AT_SEQUENCE_NUMBER"), "InvalidArgumentException",
            "Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber.")
    refused(lambda: iterator(kinesis, stream, "AT_SEQUENCE_NUMBER", StartingSequenceNumber="7"), "InvalidArgumentException",
            "is invalid")
    refused(lambda: iterator(kinesis, stream, "AT_TIMESTAMP", Timestamp=datetime.datetime.now(UTC) + datetime.timedelta(hours=1)),
            "InvalidArgumentException", "cannot be greater than the currentTimestampInMillis")
    refused(lambda: kinesis.get_records(ShardIterator="AAAA"), "InvalidArgumentException", "Invalid ShardIterator.")
    refused(lambda: kinesis.get_records(ShardIterator=iterator(kinesis, stream), Limit=10_001), "ValidationException",
            "Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000")
    refused(lambda: kinesis.get_resource_policy(ResourceARN=f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}"),
            "UnknownOperationException", "There is no action 'GetResourcePolicy'.")


def test_forged_foreign_and_outlived_iterators(kinesis, stream):
    good = iterator(kinesis, stream)
    raw = bytearray(base64.b64decode(good))
    for place in range(0, len(raw), 7):
        forged = bytes(raw[:place]) + bytes([raw[place] ^ 1]) + bytes(raw[place + 1:])
        refused(lambda: kinesis.get_records(ShardIterator=base64.b64encode(forged).decode()), "InvalidArgumentException",
                "Invalid ShardIterator.")
    refused(lambda: kinesis.get_records(ShardIterator=good, StreamARN=f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/other"),
            "InvalidArgumentException", "Invalid ShardIterator.")
    kinesis.delete_stream(StreamName=stream)
    kinesis.create_stream(StreamName=stream, ShardCount=1)  # of the same name, and another one
    refused(lambda: kinesis.get_records(ShardIterator=good), "ResourceNotFoundException", stream)


def test_retention_tags_modes_and_what_is_remembered(kinesis, stream, server):
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}"
    kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=72)
    assert "259200000" in server.run("topics", "describe", stream).stdout
    refused(lambda: kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=25),
            "InvalidArgumentException", "Use DecreaseRetentionPeriod API.")
    refused(lambda: kinesis.decrease_stream_retention_period(StreamName=stream, RetentionPeriodHours=23),
            "InvalidArgumentException", "Minimum allowed retention period is 24 hours.")
    kinesis.decrease_stream_retention_period(StreamARN=arn, RetentionPeriodHours=48)
    assert kinesis.describe_stream(StreamName=stream)["StreamDescription"]["RetentionPeriodHours"] == 48

    kinesis.add_tags_to_stream(StreamName=stream, Tags={"a": "1", "b": "2", "c": ""})
    kinesis.remove_tags_from_stream(StreamName=stream, TagKeys=["b"])
    kinesis.tag_resource(ResourceARN=arn, Tags={"d": "4"})
    kinesis.untag_resource(ResourceARN=arn, TagKeys=["a"])
    tags = [{"Key": "c", "Value": ""}, {"Key": "d", "Value": "4"}]
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags
    page = kinesis.list_tags_for_stream(StreamName=stream, Limit=1)
    assert page["Tags"] == tags[:1] and page["HasMoreTags"]

    kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    kinesis.start_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    on = kinesis.enable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["IncomingBytes", "OutgoingBytes"])
    assert on["CurrentShardLevelMetrics"] == [] and on["DesiredShardLevelMetrics"] == ["IncomingBytes", "OutgoingBytes"]
    off = kinesis.disable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["OutgoingBytes"])
    assert off["DesiredShardLevelMetrics"] == ["IncomingBytes"]
    summary = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    assert (summary["EncryptionType"], summary["KeyId"]) == ("KMS", "alias/aws/kinesis")
    assert kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k")["EncryptionType"] == "KMS"
    assert kinesis.put_records(StreamName=stream, Records=[{"Data": b"x", "PartitionKey": "k"}])["EncryptionType"] == "KMS"
    read = kinesis.get_records(ShardIterator=iterator(kinesis, stream))["Records"]
    assert [record["EncryptionType"] for record in read] == ["KMS", "KMS"]
    put_in_cbor = in_cbor(server, "PutRecord", {"StreamName": stream, "Data": b"x", "PartitionKey": "k"})[1]
    assert put_in_cbor["EncryptionType"] == "KMS" and "SequenceNumber" in put_in_cbor
    assert summary["StreamModeDetails"]["StreamMode"] == "ON_DEMAND"
    assert summary["EnhancedMonitoring"] == [{"ShardLevelMetrics": ["IncomingBytes"]}]
    kinesis.stop_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    assert kinesis.describe_stream(StreamName=stream)["StreamDescription"]["EncryptionType"] == "NONE"
    assert kinesis.describe_limits()["OpenShardCount"] >= 1
    assert kinesis.describe_account_settings()["MinimumThroughputBillingCommitment"]["Status"] == "DISABLED"


def test_a_kafka_client_reads_what_boto3_put(kinesis, stream, kafka):
    kinesis.put_records(StreamName=stream, Records=[{"Data": f"v{i}".encode(), "PartitionKey": f"k{i}"} for i in range(5)])
    got = [json.loads(line) for line in kafka("consume", stream, "5").splitlines()]
    assert [(record["key"], record["value"], record["offset"]) for record in got] == [(f"k{i}", f"v{i}", i) for i in range(5)]


def test_boto3_reads_what_kafka_clients_wrote_and_only_what_was_committed(kinesis, stream, kafka):
    def lines(*values):
        return "".join(json.dumps({"key": f"k-{value}", "value": value}) + "\n" for value in values)
    kafka("produce", stream, input=lines("plain"))
    kafka("commit", stream, input=lines("committed"))
    kafka("abort", stream, input=lines("aborted"))
    kafka("produce", stream, input=lines("last"))
    place, got = iterator(kinesis, stream), []
    while True:
        answer = kinesis.get_records(ShardIterator=place, Limit=1)
        got += [(record["PartitionKey"], record["Data"]) for record in answer["Records"]]
        if answer["MillisBehindLatest"] == 0:
            break
        assert place != answer["NextShardIterator"]
        place = answer["NextShardIterator"]
    assert got == [("k-plain", b"plain"), ("k-committed", b"committed"), ("k-last", b"last")]


def test_iterators_and_records_outlive_kill_9(make_server):
    server = make_server()
    kinesis = connect(server)
    kinesis.create_stream(StreamName="s", ShardCount=1, Tags={"kept": "yes"})
    numbers = [kinesis.put_record(StreamName="s", Data=str(i).encode(), PartitionKey="k")["SequenceNumber"] for i in range(20)]
    answer = kinesis.get_records(ShardIterator=iterator(kinesis, "s"), Limit=8)
    server.kill()
    server.start()
    kinesis = connect(server)
    rest = kinesis.get_records(ShardIterator=answer["NextShardIterator"])
    assert [record["SequenceNumber"] for record in rest["Records"]] == numbers[8:]
    put = kinesis.put_record(StreamName="s", Data=b"after", PartitionKey="k")
    assert int(put["SequenceNumber"]) > int(numbers[-1])
    after = kinesis.get_records(ShardIterator=rest["NextShardIterator"])["Records"]
    assert [record["Data"] for record in after] == [b"after"]
    assert kinesis.list_tags_for_stream(StreamName="s")["Tags"] == [{"Key": "kept", "Value": "yes"}]


def test_iterators_and_tokens_run_out(make_server, clock):
    server = make_server(environment=clock.environment)
    kinesis = connect(server)
    kinesis.create_stream(StreamName="s", ShardCount=3)
    kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k", ExplicitHashKey="0")
    place, token = iterator(kinesis, "s"), kinesis.list_shards(StreamName="s", MaxResults=1)["NextToken"]
    clock(299)
    answer = kinesis.get_records(ShardIterator=place)
    assert len(answer["Records"]) == 1 and len(kinesis.list_shards(NextToken=token)["Shards"]) == 2
    clock(302)
    with pytest.raises(kinesis.exceptions.ExpiredIteratorException) as error:
        kinesis.get_records(ShardIterator=place)
    assert re.search(r"Iterator expired\. The iterator was created at time \w{3} \w{3} \d\d [\d:]{8} UTC \d{4} while right now "
                     r"it is .* tolerated delay of 300000 milliseconds\.", str(error.value))
    with pytest.raises(kinesis.exceptions.ExpiredNextTokenException):
        kinesis.list_shards(NextToken=token)
    assert kinesis.get_records(ShardIterator=answer["NextShardIterator"])["Records"] == []  # a younger one


def in_cbor(server, action, request, indefinite=False):
    headers = {"X-Amz-Target": f"Kinesis_20131202.{action}", "Content-Type": "application/x-amz-cbor-1.1"}
    answer = requests.post(server.http + "/", cbor.dumps(request, indefinite), headers=headers, timeout=30)
    assert answer.headers["Content-Type"] == "application/x-amz-cbor-1.1"
    return answer.status_code, cbor.loads(answer.content) if answer.content else None


@pytest.mark.parametrize("indefinite", [False, True])
def test_the_same_in_cbor(server, indefinite):
    name = f"cbor-{indefinite}"

    def ask(action, **request):
        return in_cbor(server, action, {"StreamName": name, **request}, indefinite)
    assert ask("CreateStream", ShardCount=1) == (200, None)
    assert ask("PutRecord", Data=b"\x00one", PartitionKey="k")[1]["ShardId"] == "shardId-000000000000"
    put = ask("PutRecords", Records=[{"Data": b"two", "PartitionKey": "k"}, {"Data": b"", "PartitionKey": "k"}])[1]
    assert put["FailedRecordCount"] == 0 and len(put["Records"]) == 2
    _, description = ask("DescribeStream")
    created = description["StreamDescription"]["StreamCreationTimestamp"]
    assert abs(created - datetime.datetime.now(UTC)) < datetime.timedelta(minutes=1)
    _, place = ask("GetShardIterator", ShardId="shardId-000000000000", ShardIteratorType="AT_TIMESTAMP", Timestamp=created)
    status, answer = in_cbor(server, "GetRecords", {"ShardIterator": place["ShardIterator"], "Limit": 10}, indefinite)
    assert status == 200 and [record["Data"] for record in answer["Records"]] == [b"\x00one", b"two", b""]
    assert answer["Records"][0]["ApproximateArrivalTimestamp"] >= created
    status, error = ask("PutRecord", Data=b"x")
    assert status == 400 and error["__type"] == "ValidationException" and "'partitionKey'" in error["message"]
    status, error = ask("PutRecord", Data="text", PartitionKey="k")
    assert (status, error["__type"]) == (400, "SerializationException") and "Message" in error


def test_what_the_door_takes_and_refuses(server):
    def post(body, target="Kinesis_20131202.ListStreams", kind="application/x-amz-json-1.1", path="/"):
        headers = {"Content-Type": kind, **({"X-Amz-Target": target} if target else {})}
        return requests.post(server.http + path, body, headers=headers, timeout=30)
    answer = post("{}")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert len(answer.headers["x-amzn-RequestId"]) == 36 and len(answer.headers["x-amz-id-2"]) == 96
    assert post("{}", target=None, path="/?Action=ListStreams&Version=2013-12-02").status_code == 200
    assert post("{}", kind="application/json").headers["Content-Type"] == "application/json"
    assert post("{}", target="DynamoDB_20120810.ListTables").json()["__type"] == "UnknownOperationException"
    assert post("{").json()["__type"] == "SerializationException" and "Message" in post("{").json()
    assert post("{}", kind="text/plain").status_code == 404
    assert post(b"\xa0", kind="application/x-amz-cbor-1.1").status_code == 200
    assert post(b"\xff\xff", kind="application/x-amz-cbor-1.1").status_code == 400
    too_large = post(b"x" * (11 << 20))
    assert (too_large.status_code, too_large.content) == (413, b"")
    assert requests.get(server.http + "/", timeout=5).json() == {}


def test_the_tutorials_routes_read_too(server):
    url = server.http + "/test/streams/tutorial"
    assert requests.post(url, '{"ShardCount":1}', timeout=5).status_code == 200
    requests.put(url + "/record", json={"Data": {"a": 1}, "PartitionKey": "k"}, timeout=5)
    place = requests.get(url + "/sharditerator?shard-id=shardId-000000000000", timeout=5).json()["ShardIterator"]
    answer = requests.get(url + "/records", headers={"Shard-Iterator": place}, timeout=5).json()
    assert [base64.b64decode(record["Data"]) for record in answer["Records"]] == [b'{"a":1}']
    assert answer["NextShardIterator"] and answer["MillisBehindLatest"] == 0
