"""What real producers send by the Kinesis path through the gateway, into clean tables."""
import base64
import json
import re

import pytest
import requests

USER = {"ind": 7528, "first_name": "Abigail", "last_name": "Ali", "age": 20, "date_joined": "2015-10-24 11:23:51"}
ROW = {"ind": 7528, "user_name": "Abigail Ali", "age": 20, "date_joined": "2015-10-24T11:23:51Z"}
JSON = {"Content-Type": "application/json"}


def put(server, path, body, headers=JSON):
    return requests.put(server.http + path, data=json.dumps(body), headers=headers, timeout=30)


@pytest.mark.parametrize("name, path, data", [
    ("k1", "/test/streams/streaming-k1-user/record", USER),
    ("k2", "/Prod/streams/streaming-k2-user/record", [USER]),
    ("k3", "/dev/streams/streaming-k3-user/record", json.dumps(USER)),
    ("k4", "/dev/streams/streaming-k4-user/record", base64.b64encode(json.dumps(USER).encode()).decode()),
    ("k5", "/test/streams/record?stream-name=streaming-k5-user", USER),
    ("k6", "/dev//streams/streaming-k6-user/record", USER),
    ("k7", "/dev/streams/streaming-k7-user/record/", USER),
    ("k8", "/streams/streaming-k8-user/record", USER),
])
def test_a_put_record_is_a_clean_row(server, name, path, data):
    answer = put(server, path, {"StreamName": "{self.stream_name}", "Data": data, "PartitionKey": "partition-1"})
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) >= {"SequenceNumber", "ShardId"}
    assert answer.json()["ShardId"] == "shardId-000000000000"
    assert re.fullmatch(r"\d{56}", answer.json()["SequenceNumber"])
    server.drain()
    assert server.sql(f'SELECT * FROM clean."{name}_user_table"') == [ROW]


@pytest.mark.parametrize("name, body", [
    ("r1", {"Records": [{"Data": USER, "PartitionKey": "p"}] * 3}),
    ("r2", {"records": [{"data": USER, "partition-key": "p"}] * 3}),
    ("r3", {"Records": [{"Data": base64.b64encode(json.dumps(USER).encode()).decode(), "PartitionKey": "p"}] * 3}),
])
def test_put_records_shapes(server, name, body):
    answer = put(server, f"/dev/streams/streaming-{name}-user/records", {"StreamName": "other", **body})
    if answer.status_code == 400 and "ResourceNotFound" in answer.text:
        requests.post(server.http + f"/dev/streams/streaming-{name}-user", data='{"ShardCount":1}', headers=JSON, timeout=5)
        answer = put(server, f"/dev/streams/streaming-{name}-user/records", body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["FailedRecordCount"] == 0 and len(answer.json()["Records"]) == 3
    server.drain()
    assert server.sql(f'SELECT DISTINCT * FROM clean."{name}_user_table"') == [ROW]


def test_absent_data_is_kept_and_quarantined(server):
    assert put(server, "/dev/streams/streaming-absent-user/record", {"PartitionKey": "p"}).status_code == 200
    server.drain()
    assert server.value('SELECT value FROM raw."streaming-absent-user"') == '""'
    assert server.value('SELECT count(*) FROM quarantine."absent_user_table"') == 1


def test_unknown_stream_is_refused(server):
    answer = put(server, "/dev/streams/no-such-stream/record", {"Data": {}, "PartitionKey": "p"})
    assert answer.status_code == 400 and answer.json()["__type"] == "ResourceNotFoundException"


def test_stream_life(server):
    url = server.http + "/staging/streams/lived"
    assert requests.post(url, data='{"StreamName":"lived"}', headers=JSON, timeout=5).status_code == 200
    description = requests.get(url, data='{"StreamName":"lived"}', timeout=5).json()["StreamDescription"]
    assert (description["StreamName"], description["StreamStatus"], len(description["Shards"])) == ("lived", "ACTIVE", 5)
    assert put(server, "/staging/streams/lived/record", {"Data": {"x": 1}, "PartitionKey": "k"}).status_code == 200
    assert server.value('SELECT value FROM raw."lived"') == '{"x":1}'
    listed = requests.get(server.http + "/test/streams?ExclusiveStartStreamName=live&Limit=1", data="{}", timeout=5).json()
    assert listed["StreamNames"] == ["lived"]
    again = requests.post(url, data="{}", headers=JSON, timeout=5)
    assert again.status_code == 400 and again.json()["__type"] == "ResourceInUseException"
    assert requests.delete(url, timeout=5).status_code == 200
    assert "lived" not in requests.get(server.http + "/test/streams", timeout=5).json()["StreamNames"]


def test_unknown_path_behind_a_stage_is_the_gateways_error(server):
    answer = requests.get(server.http + "/prod/nothing/here", timeout=5)
    assert (answer.status_code, answer.json()) == (403, {"message": "Missing Authentication Token"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert requests.get(server.http + "/nothing", timeout=5).json()["error_code"] == 404
