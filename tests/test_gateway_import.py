"""APIs exported from the cloud: imported, served, exported again; from the command line and over HTTP."""
import base64
import concurrent.futures
import json
import subprocess
import threading

import pytest
import requests

from harness import ROOT, CommandFailed, command
from harness.clients import JSON_V2

FILES = ROOT / "tests/data/gateway"
KINESIS, REST, MIXED = FILES / "kinesis_proxy_oas30.json", FILES / "rest_proxy_swagger.json", FILES / "mixed.yaml"
VALIDATED = FILES / "validated_oas30.json"


def gateway(server, *words, **options):
    return server.run("gateway", *words, **options).stdout


def imported(server, file, *words):
    """The report of an import, whatever its exit status."""
    answer = server.run("gateway", "import", str(file), "--format", "json", *words, check=False)
    assert answer.returncode in (0, 2), answer.stderr
    report = json.loads(answer.stdout)
    assert answer.returncode == (2 if report["unserved"] else 0)
    return report


def exported(server, stage, *words):
    return gateway(server, "export", stage, *words)


def ask(server, method, path, **options):
    return requests.request(method, server.http + path, timeout=30, **options)


def test_every_command_has_help_with_an_example(binary):
    for words in (["import"], ["export"], ["apis", "list"], ["apis", "show"], ["apis", "delete"]):
        assert "xample" in command("gateway", *words, "--help").stdout, words


def test_the_tutorials_kinesis_proxy(make_server):
    """As clients of the tutorial use it, through the import, the answers are those of the built-in routes."""
    server = make_server()
    assert imported(server, KINESIS) == {"stage": "test", "methods": 8, "unserved": 0, "findings": []}
    assert ask(server, "POST", "/test/streams/s", json={"ShardCount": 1}).status_code == 200
    assert ask(server, "GET", "/test/streams").json()["StreamNames"] == ["s"]
    for data in ({"ind": 7528, "when": "2020-08-28T03:52:47", "ü": [1, None, 1.50]}, "text", [1], None):
        put = ask(server, "PUT", "/test/streams/s/record",
                  json={"StreamName": "wrong", "Data": data, "PartitionKey": "partition-1"})
        assert put.status_code == 200 and set(put.json()) == {"SequenceNumber", "ShardId"}, put.text
        assert put.headers["Content-Type"] == "application/json" and len(put.headers["x-amzn-RequestId"]) == 36
    records = [{"data": f"record {n}", "partition-key": f"p{n}"} for n in range(500)]
    assert ask(server, "PUT", "/test/streams/s/records", json={"records": records}).json()["FailedRecordCount"] == 0
    shard = ask(server, "GET", "/test/streams/s/sharditerator?shard-id=shardId-000000000000").json()
    got = ask(server, "GET", "/test/streams/s/records", headers={"Shard-Iterator": shard["ShardIterator"]}).json()["Records"]
    stored = [base64.b64decode(record["Data"]).decode() for record in got]
    assert stored[:4] == ['{"ind":7528,"when":"2020-08-28T03:52:47","ü":[1,null,1.5]}', '"text"', "[1]", '""']
    assert stored[4:] == [f"record {n}" for n in range(500)]
    for method, path, body in [("PUT", "streams/none/record", {"Data": 1, "PartitionKey": "p"}),
                               ("PUT", "streams/s/record", {"Data": 1}), ("GET", "streams/none", None),
                               ("POST", "streams/s", {"ShardCount": 1}), ("GET", "nothing/here", None)]:
        through, built_in = (ask(server, method, f"/{stage}/{path}", json=body) for stage in ("test", "other"))
        assert (through.status_code, through.json()) == (built_in.status_code, built_in.json()), path
        assert through.status_code >= 400
    broken = ask(server, "PUT", "/test/streams/s/record", data="{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400 and broken.json()["message"].startswith("Could not parse request body into json: ")
    assert ask(server, "DELETE", "/test/streams/s").status_code == 200
    assert ask(server, "DELETE", "/test/streams/s").json()["__type"] == "ResourceNotFoundException"


def test_the_proxy_of_the_rest_door(make_server):
    server = make_server()
    assert imported(server, REST)["findings"] == []
    headers = {"Content-Type": JSON_V2}
    for path in ("/dev/topics/a.pin", "/dev//topics/a.pin/"):
        answer = ask(server, "POST", path, data='{"records":[{"value":{"i":1}}]}', headers=headers)
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/vnd.kafka.v2+json"
    assert ask(server, "GET", "/dev/topics").json() == ["a.pin"]
    options = ask(server, "OPTIONS", "/dev/topics/a.pin")
    assert options.status_code == 200 and options.headers["Access-Control-Allow-Origin"] == "*"
    assert options.headers["Access-Control-Allow-Headers"].startswith("Content-Type,Authorization")
    cluster = ask(server, "GET", "/dev/v3/clusters").json()["data"][0]["cluster_id"]
    lines = (json.dumps({"value": {"type": "JSON", "data": n}}).encode() for n in range(3))
    streamed = ask(server, "POST", f"/dev/v3/clusters/{cluster}/topics/a.pin/records", data=lines,
                   headers={"Content-Type": "application/json"})
    assert [json.loads(line)["offset"] for line in streamed.text.split("\r\n") if line] == [2, 3, 4]


def test_what_cannot_be_mapped_is_told_and_answers_501(make_server):
    server = make_server()
    told = server.run("gateway", "import", MIXED, check=False)
    assert told.returncode == 2
    lines = told.stdout.splitlines()
    assert lines[0] == ("501   /paths/~1pay/post/x-amazon-apigateway-integration  aws_proxy (Lambda); "
                        "POST /pay answers 501")
    assert [line.split()[0] for line in lines[:-1]] == ["501"] * 5 + ["note"]
    assert lines[-1] == "imported /mixed: 8 methods, 5 of them answer 501"
    for method, path in [("POST", "pay"), ("POST", "table"), ("GET", "secret"), ("GET", "circle"), ("POST", "bad-template")]:
        answer = ask(server, method, f"/mixed/{path}")
        assert answer.status_code == 501 and "cannot be served" in answer.json()["message"], path
    rows = json.loads(gateway(server, "apis", "show", "mixed", "--format", "json"))
    assert {row["path"]: row["served_by"] for row in rows if row["served_by"]} == {
        "/keyed/{what}": "mock", "/strict": "mock", "/events/{topic}": "REST Proxy /topics/{name}"}
    event = ask(server, "POST", "/mixed/events/clicks", json={"a": 1})
    assert (event.status_code, event.json(), event.headers["X-Offset"]) == (202, {"offset": 0}, "0")
    assert ask(server, "GET", "/mixed/keyed/a").json() == {"error": "Forbidden", "type": "INVALID_API_KEY"}
    gateway(server, "stages", "set", "mixed", "--variable", "colour=blue")
    key = json.loads(gateway(server, "keys", "create", "alice"))["value"]
    keyed = ask(server, "GET", "/mixed/keyed/a", headers={"x-api-key": key})
    assert (keyed.status_code, keyed.json()) == (201, {"what": "a", "stage": "mixed", "v": "blue"})
    assert ask(server, "POST", "/mixed/strict", json={"code": 200}).headers["X-Gateway"] == "mine"


@pytest.mark.parametrize("words", [(), ("--yaml",), ("--format", "swagger"), ("--format", "swagger", "--yaml")])
def test_what_is_exported_imports_as_the_same(make_server, tmp_path, words):
    server = make_server()
    for file in (KINESIS, REST, MIXED, VALIDATED):
        stage = imported(server, file)["stage"]
        show = ("apis", "show", stage, "--format", "json")
        shown, whole = gateway(server, *show), exported(server, stage, *words)
        if "swagger" in words:  # what is no part of Swagger stands somewhere else there
            shown = shown.replace("#/components/x-", "#/x-")
        copy = tmp_path / "copy"
        copy.write_text(whole)
        gateway(server, "apis", "delete", stage)
        report = imported(server, copy)
        assert report["stage"] == stage
        assert gateway(server, *show) == shown
        assert exported(server, stage, *words) == whole, file


def test_an_export_tells_what_swagger_has_no_words_for(make_server, tmp_path):
    server, file = make_server(), tmp_path / "api.json"
    flows = {"implicit": {"authorizationUrl": "https://a", "scopes": {}}, "password": {"tokenUrl": "https://t", "scopes": {}}}
    mock = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode":200}'}, "responses": {"default": {}}}
    file.write_text(json.dumps({
        "openapi": "3.0.1", "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"responses": {}, "x-amazon-apigateway-integration": mock}}},
        "components": {"securitySchemes": {"sign-in": {"type": "oauth2", "flows": flows}}}}))
    imported(server, file, "--stage", "s")
    done = server.run("gateway", "export", "s", "--format", "swagger")
    assert json.loads(done.stdout)["securityDefinitions"] == {
        "sign-in": {"type": "oauth2", "flow": "implicit", "authorizationUrl": "https://a", "scopes": {}}}
    place = "/components/securitySchemes/sign-in/flows/password"
    assert done.stderr == (f"note  {place}  the flow password of the security scheme sign-in; it is left out, for Swagger 2.0 has "
                           "no words for it\n")
    assert server.run("gateway", "export", "s").stderr == ""


def test_the_built_in_routes_as_a_definition(make_server, tmp_path):
    server = make_server()
    (tmp_path / "built_in.yaml").write_text(exported(server, "any", "--yaml"))
    assert imported(server, tmp_path / "built_in.yaml", "--stage", "mine") == {
        "stage": "mine", "methods": 9, "unserved": 0, "findings": []}
    assert ask(server, "POST", "/mine/streams/s", json={}).status_code == 200
    assert ask(server, "POST", "/mine/topics/t", data='{"records":[{"value":1}]}', headers={"Content-Type": JSON_V2}).status_code == 200
    for path in ("streams", "streams/s", "topics", "topics/none"):
        assert ask(server, "GET", f"/mine/{path}").json() == ask(server, "GET", f"/any/{path}").json()


def test_a_query_is_passed_on_but_for_what_is_set(make_server, tmp_path):
    """Seen by a number that is none: the REST Proxy has 404 of its own for it, and 40403 for a consumer that is not there."""
    server = make_server()
    records = {"type": "http_proxy", "httpMethod": "GET", "uri": "http://h/consumers/g/instances/i/records"}

    def error_code(query, **parameters):
        integration = records | {"requestParameters": {f"integration.request.querystring.{k}": v for k, v in parameters.items()}}
        definition = {"openapi": "3.0.1", "paths": {"/m": {"get": {"x-amazon-apigateway-integration": integration}}}}
        (tmp_path / "api.json").write_text(json.dumps(definition))
        assert imported(server, tmp_path / "api.json", "--stage", "s")["unserved"] == 0
        return ask(server, "GET", "/s/m?" + query).json()["error_code"]

    assert [error_code(query, other="'1'") for query in ("max_bytes=1", "a=1&max%5fbytes=%78")] == [40403, 404]
    assert [error_code(query, max_bytes="'1'") for query in ("max_bytes=x", "max%5fbytes=x&a=2")] == [40403, 40403]
    assert error_code("max_bytes=1", max_bytes="'x'") == 404


def test_bad_definitions(make_server, tmp_path):
    server = make_server()
    paths = '"paths":{"/a":{"get":{}}}'
    for text, message in [("", "not YAML"), ("{", "not JSON"), ("a: [1", "not YAML: line "),
                          ("{}", "neither OpenAPI 3.0"), ('{"openapi":"3.1.0",%s}' % paths, "neither OpenAPI 3.0"),
                          ('{"openapi":"3.0.1"}', "/paths: there are none"),
                          ('{"openapi":"3.0.1",%s}' % paths, "names no stage"),
                          ('{"swagger":"2.0","basePath":"/topics",%s}' % paths, "that is a resource"),
                          ('{"swagger":"2.0","basePath":"/s","paths":{"/{a+}/b":{}}}', "nothing may follow"),
                          ('{"a":' * 200 + "1" + "}" * 200, "deeper than 100"),
                          ("a: " + "[" * 200 + "]" * 200, "deeper than 100"),
                          ("a: &a [x,x]\n" + "".join(f"k{i}: &a [{','.join(['*a'] * 9)}]\n" for i in range(9)), "200000 values"),
                          (" " * 6_000_001, "larger than 6000000"), ("a: \udcff", "UTF-8")]:
        file = tmp_path / "bad"
        file.write_text(text, errors="surrogateescape")
        with pytest.raises(CommandFailed) as failure:
            gateway(server, "import", file)
        assert message in failure.value.stderr, (text[:100], failure.value.stderr)
    api = server.console + "/api/gateway/apis"
    large = requests.post(api, data=b"{" + b" " * 6_000_000, headers={"Content-Type": "application/json"}, timeout=30)
    assert large.status_code == 400 and "6000000 are taken" in large.json()["message"]
    text = KINESIS.read_bytes()
    assert requests.post(api, data=text, headers={"Content-Type": "text/plain"}, timeout=30).status_code == 400
    assert requests.post(api, json={}, headers={"Host": "evil.example.com"}, timeout=30).status_code == 400
    assert requests.get(api + "/none", timeout=30).status_code == 404
    assert requests.delete(api + "/none", timeout=30).status_code == 404
    assert requests.get(api + "/none/export?type=raml", timeout=30).status_code == 400
    assert json.loads(gateway(server, "apis", "list", "--format", "json")) == []
    assert imported(server, KINESIS, "--dry-run")["methods"] == 8
    assert json.loads(gateway(server, "apis", "list", "--format", "json")) == []


BOMBS = {"rounds": "#foreach($a in [1..1000])#foreach($b in [1..1000])x#end#end",
         "doubling": "#set($s='xxxxxxxx')" + '#set($s="$s$s")' * 40 + "$s",
         "lists": "#set($l=[1])" + "#set($l=[$l,$l])" * 60 + "$l",
         "scans": "#foreach($a in [1..1000])$input.path('$..a').size()#end",
         "copies": "#foreach($a in [1..1000])$input.json('$')#end"}


def test_templates_that_explode_cost_one_answer(make_server, tmp_path):
    server = make_server()
    answer = {"type": "mock", "responses": {"default": {"statusCode": "200"}}}
    paths = {f"/{name}": {"post": {"x-amazon-apigateway-integration": answer | {
        "requestTemplates": {"application/json": template}}}} for name, template in BOMBS.items()}
    (tmp_path / "bombs.json").write_text(json.dumps({"openapi": "3.0.1", "paths": paths}))
    assert imported(server, tmp_path / "bombs.json", "--stage", "b")["unserved"] == 0
    body = json.dumps([{"a": "x" * 50}] * 2000)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda name: ask(server, "POST", f"/b/{name}", data=body,
                                                 headers={"Content-Type": "application/json"}), list(BOMBS) * 4))
    assert {(answer.status_code, answer.json()["message"]) for answer in answers} == {(500, "Internal server error")}
    assert all(answer.elapsed.total_seconds() < 20 for answer in answers)
    assert ask(server, "GET", "/b/rounds").status_code == 403
    for body in ("[" * 100_000, "[" + "1," * 300_000 + "1]"):
        deep = ask(server, "POST", "/b/copies", data=body, headers={"Content-Type": "application/json"})
        assert deep.status_code == 400 and deep.json()["message"].startswith("Could not parse"), deep.text


def test_kill_while_apis_are_imported(make_server):
    """After each kill the stage has one of the two definitions, whole, and never an older one than was answered."""
    server = make_server()
    imported(server, KINESIS, "--stage", "s")
    files, headers = [KINESIS.read_bytes(), REST.read_bytes()], {"Content-Type": "application/json"}
    for round_number in range(5):
        answered = []

        def import_again(answered=answered):
            for n in range(10_000):
                try:
                    requests.post(server.console + "/api/gateway/apis?stage=s", data=files[n % 2], headers=headers, timeout=30)
                except requests.RequestException:
                    return
                answered.append(n)

        thread = threading.Thread(target=import_again)
        thread.start()
        while len(answered) < 3 + 2 * round_number:
            assert thread.is_alive()
        server.kill()
        thread.join()
        server.start()
        title = json.loads(gateway(server, "apis", "list", "--format", "json"))[0]["title"]
        expected = {("KinesisProxy", "129a67850695")[n % 2] for n in (answered[-1], answered[-1] + 1)}
        assert title in expected
        assert ask(server, "GET", "/s/streams" if title == "KinesisProxy" else "/s/topics").status_code == 200
    leftovers = [file.name for file in (server.data / "gateway/apis").iterdir() if file.name.endswith(".json")]
    assert leftovers == ["s.json"]


def test_a_kept_definition_that_is_damaged_stops_the_start(make_server):
    server = make_server()
    imported(server, KINESIS)
    server.stop()
    kept = server.data / "gateway/apis/test.json"
    kept.write_text(kept.read_text()[:-50])
    failed = command("up", "--data", server.data, "--http", "127.0.0.1:0", "--console", "127.0.0.1:0", "--kafka", "none", check=False)
    assert failed.returncode == 1 and str(kept) in failed.stderr


@pytest.mark.slow
def test_exports_are_valid_by_another_validator(make_server, openapi_python, tmp_path):
    """Not of REST: what the cloud writes for OPTIONS at {proxy+} is not valid to begin with."""
    server = make_server()
    for file in (KINESIS, MIXED, VALIDATED):
        imported(server, file)
    for stage in ("test", "mixed", "valid", "built-in"):
        for version in ("oas30", "swagger"):
            file = tmp_path / f"{stage}-{version}.yaml"
            file.write_text(exported(server, stage, "--format", version, "--yaml"))
            schema = "2.0" if version == "swagger" else "3.0"
            checked = subprocess.run([openapi_python, "-m", "openapi_spec_validator", "--schema", schema, file],
                                     capture_output=True, text=True, timeout=60)
            assert checked.returncode == 0, (file.name, checked.stdout, checked.stderr)
