"""Request validators of APIs exported from the cloud: as clients meet them, with what is wrong."""
import json

import pytest
import requests

from harness import ROOT
from harness.clients import JSON_V2

VALIDATED = ROOT / "tests/data/gateway/validated_oas30.json"
PIN = {"index": 7, "unique_id": "fbe53c66-3442-4773-b19e-d3ec6f54dddf"}


def gateway(server, *words, **options):
    return server.run("gateway", *words, **options).stdout


def ask(server, method, path, **options):
    return requests.request(method, server.http + path, timeout=60, **options)


def imported(server, file):
    report = json.loads(gateway(server, "import", file, "--format", "json"))
    assert report["unserved"] == 0
    return report


@pytest.mark.parametrize("version", [None, "oas30", "swagger"])
def test_bodies_and_parameters(make_server, tmp_path, version):
    """Of the cloud's export, and of what we export of it."""
    server = make_server()
    assert imported(server, VALIDATED)["findings"] == []
    if version:
        (tmp_path / "again.yaml").write_text(gateway(server, "export", "valid", "--format", version, "--yaml"))
        assert imported(server, tmp_path / "again.yaml")["findings"] == []

    def refused(pin, why, **options):
        answer = ask(server, "POST", "/valid/pins/alice", **({"json": pin} | options))
        assert answer.status_code == 422 and answer.headers["x-amzn-ErrorType"] == "BadRequestException"
        assert answer.json() == {"message": "Invalid request body", "why": why}

    taken = ask(server, "POST", "/valid/pins/alice", json=PIN | {"repin_of": PIN | {"downloaded": "2026-11-22T01:02:03Z"}})
    assert taken.status_code == 200 and taken.json()["offsets"][0]["offset"] == 0
    refused({}, '[object has missing required properties (["index","unique_id"])]')
    refused(PIN | {"x": 1}, '[object instance has properties which are not allowed by the schema: ["x"]]')
    refused(PIN | {"index": "7"}, '[instance type (string) does not match any allowed primitive type (allowed: ["integer"])]')
    refused(PIN | {"category": "food", "index": -1},
            '[instance value ("food") not found in enum (possible values: ["art","travel"]), '
            "numeric instance is lower than the required minimum (minimum: 0, found: -1)]")
    refused(PIN | {"repin_of": {"index": 1}}, '[object has missing required properties (["unique_id"])]')
    refused(PIN | {"unique_id": "x"}, '[ECMA 262 regex "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" '
                                      'does not match input string "x"]')
    for body in (b"", b"{", b"\xff"):
        refused(None, "[Unknown error parsing request body]", data=body, headers={"Content-Type": "application/json"})
    assert ask(server, "POST", "/valid/pins/alice", data="<a/>", headers={"Content-Type": "text/xml"}).status_code == 415
    missing = ask(server, "GET", "/valid/pins/alice?since=")
    assert missing.status_code == 400
    assert missing.json() == {"message": "Missing required request parameters: [since, X-Client]"}
    assert ask(server, "GET", "/valid/pins/alice?since=1", headers={"x-client": "c"}).status_code == 200
    assert ask(server, "GET", "/valid/proxy/topics/alice/partitions/0/offsets").json()["end_offset"] == 1, "nothing else came"


def test_what_is_passed_on_is_validated_before(make_server):
    server = make_server()
    imported(server, VALIDATED)
    headers = {"Content-Type": JSON_V2}
    good = ask(server, "POST", "/valid/proxy/topics/t", json={"records": [{"value": 1}]}, headers=headers)
    assert good.status_code == 200, good.text
    for bad in ({"records": []}, {"records": [{"key": 1}]}, {"records": [{"value": 1}, 7]}):
        assert ask(server, "POST", "/valid/proxy/topics/t", json=bad, headers=headers).status_code == 422, bad
    assert ask(server, "GET", "/valid/proxy/topics").json() == ["t"]
    large = {"records": [{"value": {"n": n, "text": "x" * 200}} for n in range(5000)]}
    assert ask(server, "POST", "/valid/proxy/topics/t", json=large, headers=headers).json()["offsets"][-1]["offset"] == 5000


def test_models_that_explode_cost_one_answer(make_server, tmp_path):
    server = make_server()
    way = {"type": "array", "items": {"$ref": "#/components/schemas/T"}}
    definition = json.loads(VALIDATED.read_text())
    definition["components"]["schemas"] |= {"T": {"anyOf": [way, way | {"minItems": 0}]}, "Pin": {"$ref": "#/components/schemas/T"},
                                            "Records": {"pattern": "^(([a-z])+.)+[A-Z]([a-z])+$", "minLength": 1}}
    (tmp_path / "api.json").write_text(json.dumps(definition))
    imported(server, tmp_path / "api.json")
    deep = ask(server, "POST", "/valid/pins/a", data="[" * 60 + "1" + "]" * 60, headers={"Content-Type": "application/json"})
    assert deep.json()["why"] == "[the body takes too much to be validated]"
    text = ask(server, "POST", "/valid/proxy/topics/t", json="a" * 1_000_000, headers={"Content-Type": JSON_V2})
    assert text.status_code == 422 and "does not match" in text.json()["why"]
    assert max(deep.elapsed, text.elapsed).total_seconds() < 10


def test_what_cannot_be_taken_of_swagger_is_told(make_server, tmp_path):
    server = make_server()
    fields = [{"name": "q", "in": "query", "type": "array", "collectionFormat": "multi"},
              {"name": "file", "in": "formData", "type": "file"}]
    look_ahead = {"in": "body", "name": "body", "schema": {"type": "string", "pattern": "(?=a)"}}
    integration = {"type": "mock", "responses": {"default": {"statusCode": "200"}}}
    method = {"x-amazon-apigateway-integration": integration, "responses": {"200": {"description": "", "examples": {}}}}
    definition = {"swagger": "2.0", "basePath": "/s", "x-amazon-apigateway-request-validator": "b",
                  "x-amazon-apigateway-request-validators": {"b": {"validateRequestBody": True}},
                  "paths": {"/f": {"post": method | {"parameters": fields}}, "/m": {"post": method | {"parameters": [look_ahead]}}}}
    (tmp_path / "swagger.json").write_text(json.dumps(definition))
    lines = gateway(server, "import", tmp_path / "swagger.json").splitlines()
    assert [line.split()[:2] for line in lines[:-1]] == [
        ["note", "/paths/~1f/post/parameters/0/collectionFormat"], ["note", "/paths/~1f/post/parameters/1"],
        ["note", "/paths/~1f/post/responses/200/examples"], ["note", "/paths/~1m/post/responses/200/examples"],
        ["note", "/paths/~1m/post/requestBody/content/application~1json"]]
    assert "the form field file; it is left out" in lines[1]
    assert "invalid perl operator: (?=; the body is passed on as it is" in lines[4]
    assert ask(server, "POST", "/s/m", json={"statusCode": 200}).status_code == 200
