"""/metrics as Prometheus' own library reads it."""
import json
import subprocess

import httpx
import requests
from prometheus_client.parser import text_string_to_metric_families

from harness import ROOT
from harness.clients import Rest, Streams

KAFKA_CLIENT = ROOT / "tests/kafka_clients/client.py"


def samples(server):
    """{(name, frozenset of labels): value}; every family is read and has help and a type."""
    text = requests.get(f"{server.console}/metrics", timeout=10).text
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation and family.type in ("counter", "gauge", "histogram"), family.name
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found, key
            found[key] = sample.value
    return found


def answers(found, door, operation, status=None):
    labels = {"operation": operation} | ({"status": str(status)} if status else {})
    return found.get((f"pinflow_{door}_answers_total", frozenset(labels.items())), 0)


def test_http_answers_are_counted_by_operation_and_status(server):
    before = samples(server)
    rest, streams = Rest(server.http), Streams(server.http)
    rest.produce("metrics_a", [{"n": 1}])
    rest.produce("metrics_a", [{"n": 2}], stage="/prod")
    assert rest.request("GET", "/topics/metrics_nowhere")[0] == 404
    streams.create("metrics_stream")
    streams.put("metrics_stream", {"n": 1})
    native = requests.post(server.http, json={"StreamName": "metrics_stream", "Data": "bg==", "PartitionKey": "k"},
                           headers={"X-Amz-Target": "Kinesis_20131202.PutRecord"}, timeout=10)
    assert native.status_code == 200
    assert requests.options(f"{server.http}/topics/x", timeout=10).status_code == 200
    after = samples(server)

    def more(operation, status):
        return answers(after, "http", operation, status) - answers(before, "http", operation, status)

    assert more("topics.produce", 200) == 2
    assert more("topics.read", 404) == 1
    assert more("CreateStream", 200) == 1
    assert more("PutRecord", 200) == 2
    assert more("preflight", 200) == 1


def test_http_requests_are_counted_by_protocol(server):
    def counted(protocol):
        return samples(server)["pinflow_http_protocol_requests_total", frozenset({("protocol", protocol)})]

    http_1, http_2 = counted("HTTP/1"), counted("HTTP/2")
    assert requests.get(f"{server.http}/topics", timeout=10).status_code == 200
    with httpx.Client(http1=False, http2=True) as client:
        for path in ("topics", "topics/nowhere_at_all"):
            assert client.get(f"{server.http}/{path}").http_version == "HTTP/2"
    assert (counted("HTTP/1"), counted("HTTP/2")) == (http_1 + 1, http_2 + 2)
    found = samples(server)
    assert found["pinflow_http_requests_total", frozenset()] == sum(
        found["pinflow_http_protocol_requests_total", frozenset({("protocol", p)})] for p in ("HTTP/1", "HTTP/2"))
    assert not [name for name, _ in found if name == "pinflow_kafka_protocol_requests_total"]


def test_kafka_answers_are_counted_by_api(server, kafka_python):
    subprocess.run([kafka_python, KAFKA_CLIENT, server.ready["kafka"], "produce", "metrics_k"],
                   input=json.dumps({"key": "k", "value": "one"}), text=True, check=True, timeout=60, capture_output=True)
    found = samples(server)
    assert answers(found, "kafka", "Produce") >= 1
    assert answers(found, "kafka", "ApiVersions") >= 1


def test_times_are_a_histogram_that_adds_up(server):
    Rest(server.http).produce("metrics_h", [{"n": 1}])
    found = samples(server)
    name = "pinflow_http_answer_seconds"
    buckets = sorted((float(dict(labels)["le"]), value) for (metric, labels), value in found.items()
                     if metric == f"{name}_bucket" and dict(labels)["operation"] == "topics.produce")
    values = [value for _, value in buckets]
    assert len(values) == 16 and values == sorted(values) and buckets[-1][0] == float("inf")
    label = frozenset({("operation", "topics.produce")})
    assert values[-1] == found[f"{name}_count", label] >= 1
    assert 0 < found[f"{name}_sum", label] < 60
    answered = sum(value for (metric, labels), value in found.items()
                   if metric == "pinflow_http_answers_total" and dict(labels)["operation"] == "topics.produce")
    assert answered == values[-1]


def test_labels_stay_few(server):
    before = len(samples(server))
    rest = Rest(server.http)
    for i in range(300):
        rest.request("GET", f"/topics/metrics_few_{i}")
        rest.request("GET", f"/nowhere_{i}/at_all")
    assert len(samples(server)) - before < 60
