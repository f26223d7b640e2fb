"""The S3 sink connector, configured as students configure it: what lies in the bucket, whatever happens meanwhile."""
import gzip
import json
import time

import pytest
import requests

from harness.clients import Rest
from harness.connectors import STUDENT, Sink, wait


def test_the_layout_that_students_read(server):
    rest = Rest(server.http)
    rest.produce("st.pin", [{"index": 7528, "title": "café \"x\"\n"}, {"index": 2, "follower_count": "1.2k"}])
    rest.produce("st.geo", [{"ind": 1}])
    sink = Sink(server, "st", r"st\..*")
    assert sink.wait_objects(3) == {
        "topics/st.geo/partition=0/st.geo+0+0000000000.json": b'{"ind":1}\n',
        "topics/st.pin/partition=0/st.pin+0+0000000000.json":
            '{"index":7528,"title":"café \\"x\\"\\n"}\n'.encode(),
        "topics/st.pin/partition=0/st.pin+0+0000000001.json": b'{"index":2,"follower_count":"1.2k"}\n'}
    rest.produce("st.user", [{"ind": 5}])  # a topic that was not there
    assert sink.wait_objects(4)["topics/st.user/partition=0/st.user+0+0000000000.json"] == b'{"ind":5}\n'
    assert [task["state"] for task in sink.status()["tasks"]] == ["RUNNING"] * 3


def test_drain_brings_what_waits_for_more_records(server):
    rest = Rest(server.http)
    sink = Sink(server, "dr", r"dr\.a", flush__size="1000")
    for first in (0, 3):
        rest.produce("dr.a", [{"i": first + n} for n in range(3)])
        server.drain()
        assert sink.records() == list(range(first + 3))
    sink.ask("PUT", f"/connectors/{sink.name}/pause")
    rest.produce("dr.a", [{"i": 6}])
    result = server.run("drain", "--timeout", "30s", check=False)
    assert result.returncode == 2 and "connector dr is PAUSED" in result.stderr
    sink.ask("PUT", f"/connectors/{sink.name}/resume")
    server.drain()
    assert sink.records() == list(range(7))


def test_hours_gzip_and_fields(server):
    rest = Rest(server.http)
    rest.produce("hg.a", [{"i": n, "at": "2021-03-28T01:30:00Z", "kind": n % 2} for n in range(4)])
    times = Sink(server, "hg-times", r"hg\.a", flush__size="4", s3__compression__type="gzip", locale="en-GB",
                 partitioner__class="io.confluent.connect.storage.partitioner.HourlyPartitioner",
                 timezone="Europe/London", timestamp__extractor="RecordField", timestamp__field="at")
    fields = Sink(server, "hg-fields", r"hg\.a", flush__size="4", partition__field__name="kind",
                  partitioner__class="io.confluent.connect.storage.partitioner.FieldPartitioner")
    (key, contents), = times.wait_objects(1).items()
    assert key == "topics/hg.a/year=2021/month=03/day=28/hour=02/hg.a+0+0000000000.json.gz"  # summer has begun
    assert [json.loads(line)["i"] for line in gzip.decompress(contents).splitlines()] == [0, 1, 2, 3]
    assert list(fields.wait_objects(2)) == ["topics/hg.a/kind=0/hg.a+0+0000000000.json",
                                            "topics/hg.a/kind=1/hg.a+0+0000000001.json"]


def test_a_poison_record_is_a_dead_letter_and_the_rest_goes_on(server):
    rest = Rest(server.http)
    body = json.dumps({"records": [{"value": value} for value in ("eyJpIjoxfQ==", "bm90IGpzb24=", "eyJpIjoyfQ==")]})
    status, _, answer = rest.request("POST", "/topics/po.a", body,
                                     {"Content-Type": "application/vnd.kafka.binary.v2+json"})
    assert status == 200, answer
    sink = Sink(server, "po", r"po\.a", errors__tolerance="all", errors__deadletterqueue__topic__name="po-dead",
                errors__deadletterqueue__topic__replication__factor="1",
                errors__deadletterqueue__context__headers__enable="true")
    assert list(sink.wait_objects(2)) == ["topics/po.a/partition=0/po.a+0+0000000000.json",
                                          "topics/po.a/partition=0/po.a+0+0000000002.json"]
    assert wait(lambda: server.value('SELECT count(*) FROM raw."po-dead"') == 1)
    assert sink.status()["tasks"][0]["state"] == "RUNNING"


def test_what_cannot_work_is_refused_with_the_key(server):
    config = STUDENT | {"name": "x", "topics": "x", "s3.bucket.name": "b",
                        "format.class": "io.confluent.connect.s3.format.avro.AvroFormat", "flush.size": "many"}
    answer = requests.put(server.ready["connect"] + "/connector-plugins/S3SinkConnector/config/validate", json=config,
                          timeout=30)
    assert answer.status_code == 200, answer.text
    errors = {entry["value"]["name"]: entry["value"]["errors"] for entry in answer.json()["configs"]
              if entry["value"]["errors"]}
    assert list(errors) == ["flush.size"], errors
    del config["format.class"]
    config["flush.size"] = "1"
    answer = requests.put(server.ready["connect"] + "/connector-plugins/S3SinkConnector/config/validate", json=config,
                          timeout=30)
    assert answer.json()["error_count"] == 1 and "format.class" in answer.text


def test_what_no_store_is_told_is_refused_where_one_is_named(make_server, tmp_path):
    """By the settings too: an ACL that is asked for must not be missing in silence."""
    settings = tmp_path / "pinflow.toml"
    settings.write_text('[connect]\ns3_store = "http://127.0.0.1:1"\n')
    config = STUDENT | {"topics": "t", "s3.bucket.name": "b", "s3.acl.canned": "private"}
    for arguments, status in [(["--config", settings], 400), ([], 201)]:
        server = make_server(*arguments)
        answer = requests.post(server.ready["connect"] + "/connectors", json={"name": "s", "config": config}, timeout=30)
        assert answer.status_code == status and (status == 201 or "s3.acl.canned" in answer.json()["message"]), answer.text
        server.stop()


@pytest.mark.parametrize("settings", [
    {"flush__size": "1"},
    {"flush__size": "40", "rotate__schedule__interval__ms": "300", "timezone": "UTC"},
    {"flush__size": "70", "partitioner__class": "io.confluent.connect.storage.partitioner.TimeBasedPartitioner",
     "path__format": "'m'=mm/'s'=ss", "partition__duration__ms": "1000", "locale": "en", "timezone": "UTC",
     "timestamp__extractor": "Wallclock", "rotate__interval__ms": "500"}], ids=["each", "schedule", "wallclock"])
def test_kills_leave_no_gap_and_no_double(make_server, settings):
    server = make_server()
    sink = Sink(server, "ki", r"ki\.a", **settings)
    written = 0
    for _ in range(5):
        rest = Rest(server.http)
        for _ in range(6):
            rest.produce("ki.a", [{"i": i} for i in range(written, written + 50)])
            written += 50
            time.sleep(0.02)
        server.kill()
        server.start()
    assert wait(lambda: len(sink.records()) >= written, 60), (len(sink.records()), written, sink.status())
    assert sink.records() == list(range(written))
