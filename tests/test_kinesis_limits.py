"""The service's limits, emulated: clients without retries see its errors, those with boto3's own get through."""
import base64
import time

import boto3
import botocore.client
import botocore.exceptions
import pytest
import requests

from harness import Pinflow
from harness.fanout import consumer_arn
from harness.shards import connect

SHARD = "shardId-000000000000"
KIB, MIB = 1 << 10, 1 << 20


@pytest.fixture(scope="module")
def limited(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("limits")
    (folder / "pinflow.toml").write_text("[kinesis]\nemulate_limits = true\nshard_limit = 40\n")
    with Pinflow(folder / "data", "--config", folder / "pinflow.toml") as server:
        yield server


@pytest.fixture
def patient(limited):
    """boto3 as it is without a configuration: up to four retries."""
    return boto3.client("kinesis", endpoint_url=limited.http, region_name="us-east-1", aws_access_key_id="any",
                        aws_secret_access_key="key", config=botocore.client.Config(retries={"mode": "legacy"}))


@pytest.fixture
def stream(patient, request):
    name = request.node.name[:100]
    time.sleep(0.2)  # five a second
    patient.create_stream(StreamName=name, ShardCount=1)
    return name


def retries(answer):
    return answer["ResponseMetadata"]["RetryAttempts"]


def iterator(kinesis, stream):
    return kinesis.get_shard_iterator(StreamName=stream, ShardId=SHARD, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]


def refusal(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        for _ in range(100):
            call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_puts_of_a_default_client_get_through_by_its_retries(patient, stream):
    answers = [patient.put_record(StreamName=stream, Data=f"{i:{200 * KIB}}", PartitionKey="k") for i in range(20)]
    assert sum(map(retries, answers)) > 0
    assert [int(answer["SequenceNumber"]) for answer in answers] == sorted(int(answer["SequenceNumber"]) for answer in answers)
    got, place = [], iterator(patient, stream)
    while len(got) < 20:
        answer = patient.get_records(ShardIterator=place)
        got += [int(record["Data"]) for record in answer["Records"]]
        place = answer["NextShardIterator"]
    assert got == list(range(20)), "each once, in its order"


def test_reads_of_a_default_client_get_through_by_its_retries(patient, stream):
    place, tried = iterator(patient, stream), 0
    for _ in range(12):
        answer = patient.get_records(ShardIterator=place)
        place, tried = answer["NextShardIterator"], tried + retries(answer)
    assert tried > 0


def test_descriptions_of_a_default_client_get_through_by_its_retries(patient, stream):
    assert sum(retries(patient.describe_stream(StreamName=stream)) for _ in range(25)) > 0


def test_put_records_tells_of_each_record(patient, stream):
    left, rounds = [{"Data": f"{i}", "PartitionKey": f"{i}"} for i in range(500)] * 3, 0
    while left:
        answer = patient.put_records(StreamName=stream, Records=left[:500])
        failed = [entry for entry, result in zip(left, answer["Records"]) if "ErrorCode" in result]
        assert len(failed) == answer["FailedRecordCount"]
        for result in answer["Records"]:
            if "ErrorCode" in result:
                assert result == {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage":
                                  f"Rate exceeded for shard {SHARD} in stream {stream} under account 000000000000."}
            else:
                assert result["ShardId"] == SHARD and result["SequenceNumber"]
        left, rounds = failed + left[500:], rounds + 1
        assert rounds < 200
        time.sleep(0.05 if failed else 0)
    assert rounds > 3, "1,500 records are more than one second takes"
    got = patient.get_records(ShardIterator=iterator(patient, stream))["Records"]
    assert sorted(int(record["Data"]) for record in got) == sorted(list(range(500)) * 3)


def test_errors_are_those_of_the_service(limited, stream):
    kinesis = connect(limited)  # without retries
    full = ("ProvisionedThroughputExceededException",
            f"Rate exceeded for shard {SHARD} in stream {stream} under account 000000000000.")
    assert refusal(kinesis.put_record, StreamName=stream, Data=b"x" * 300 * KIB, PartitionKey="k") == full
    read = "ProvisionedThroughputExceededException", f"Rate exceeded for Shard - 000000000000/{stream}/{SHARD}"
    assert refusal(kinesis.get_records, ShardIterator=iterator(kinesis, stream), Limit=1) == read
    assert refusal(kinesis.get_shard_iterator, StreamName=stream, ShardId=SHARD, ShardIteratorType="LATEST") == read
    rate = "LimitExceededException", f"Rate exceeded for stream {stream} under account 000000000000."
    assert refusal(kinesis.describe_stream_summary, StreamName=stream) == rate
    assert refusal(kinesis.list_streams) == ("LimitExceededException", "Rate exceeded for account 000000000000.")
    through = requests.put(f"{limited.http}/prod/streams/{stream}/record", timeout=10,
                           json={"Data": "x" * 900 * KIB, "PartitionKey": "k"})
    assert (through.status_code, through.json()) == (400, {"__type": full[0], "message": full[1]})
    metrics = requests.get(f"{limited.console}/metrics", timeout=10).text
    counts = dict(line.split(" ") for line in metrics.splitlines() if line.startswith("pinflow_kinesis_throttled_total{"))
    assert int(counts['pinflow_kinesis_throttled_total{operation="PutRecord"}']) >= 2
    assert int(counts['pinflow_kinesis_throttled_total{operation="ListStreams"}']) >= 1


def test_quotas(limited, patient, stream):
    time.sleep(1)
    code, message = refusal(patient.create_stream, StreamName="too-large", ShardCount=41)
    assert code == "LimitExceededException"
    assert "Limit: 40. Number of additional shards that would have resulted from this request: 41." in message
    assert patient.describe_limits()["ShardLimit"] == 40
    for count in (2, 1) * 5:
        patient.update_shard_count(StreamName=stream, TargetShardCount=count, ScalingType="UNIFORM_SCALING")
        time.sleep(0.11)
    code, message = refusal(patient.update_shard_count, StreamName=stream, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    assert (code, "10 calls of UpdateShardCount within 24 hours" in message) == ("LimitExceededException", True)


def test_subscribers_are_pushed_two_mebibytes_a_second(limited, patient, stream):
    for i in range(6):
        patient.put_record(StreamName=stream, Data=b"x" * (MIB - 100), PartitionKey="k")
        time.sleep(0.8)
    kinesis, arn = connect(limited), consumer_arn(patient, stream, "c")
    position = {"Type": "TRIM_HORIZON"}
    events = kinesis.subscribe_to_shard(ConsumerARN=arn, ShardId=SHARD, StartingPosition=position)["EventStream"]
    started, got = time.monotonic(), 0
    code, _ = refusal(kinesis.subscribe_to_shard, ConsumerARN=arn, ShardId=SHARD, StartingPosition=position)
    assert code in ("LimitExceededException", "ResourceInUseException"), "within a second, within five"
    for event in events:
        got += len(event["SubscribeToShardEvent"]["Records"])
        if got == 6:
            break
    assert 1.3 < time.monotonic() - started < 10, "2 MiB at once, then 2 MiB/s"


def test_other_doors_are_not_slowed_down(limited, stream):
    records = [{"value": base64.b64encode(b"x" * 100 * KIB).decode()} for _ in range(40)]
    answer = requests.post(f"{limited.http}/topics/{stream}", json={"records": records}, timeout=30,
                           headers={"Content-Type": "application/vnd.kafka.binary.v2+json"})
    assert [each["error_code"] for each in answer.json()["offsets"]] == [None] * 40


def test_without_the_setting_there_are_no_limits(server):
    kinesis, stream = connect(server), "no-limits"
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    for _ in range(40):
        kinesis.describe_stream(StreamName=stream)
        kinesis.put_record(StreamName=stream, Data=b"x" * 200 * KIB, PartitionKey="k")
