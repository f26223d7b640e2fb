"""Stages, API keys, usage plans: from the command line, over HTTP and from a file, as clients meet them."""
import concurrent.futures
import json
import re
import stat
import time

import pytest
import requests

from harness import CommandFailed, command
from harness.clients import JSON_V2

FORBIDDEN, TOO_MANY, SPENT = ({"message": text} for text in ("Forbidden", "Too Many Requests", "Limit Exceeded"))
RECORD = json.dumps({"records": [{"value": {"a": 1}}]})


def get(server, path, key=None):
    return requests.get(server.http + path, headers={"x-api-key": key} if key else {}, timeout=30)


def post(server, path, key=None):
    headers = {"Content-Type": JSON_V2, **({"x-api-key": key} if key else {})}
    return requests.post(server.http + path, data=RECORD, headers=headers, timeout=30)


def gateway(server, *words, **options):
    return server.run("gateway", *words, **options).stdout


def made(server, *words, **options):
    return json.loads(gateway(server, "keys", "create", *words, **options))


def listed(server, kind):
    return json.loads(gateway(server, kind, "list", "--format", "json"))


def test_every_command_has_help_with_an_example(binary):
    for kind, actions in {"stages": ["list", "set", "delete"], "plans": ["list", "set", "delete"],
                          "keys": ["list", "create", "rotate", "enable", "disable", "move", "delete"],
                          "responses": ["list", "set", "delete"]}.items():
        for action in actions:
            assert "xample" in command("gateway", kind, action, "--help").stdout, (kind, action)
    assert "xample" in command("gateway", "settings", "--help").stdout


def test_a_key_from_its_making_to_its_end(make_server):
    server = make_server()
    assert post(server, "/any/topics/t").status_code == 200
    gateway(server, "stages", "set", "prod", "--require-key")
    refused = post(server, "/prod/topics/t")
    assert (refused.status_code, refused.json()) == (403, FORBIDDEN)
    assert refused.headers["x-amzn-ErrorType"] == "ForbiddenException" and len(refused.headers["x-amzn-RequestId"]) == 36
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    for path in ("/any/topics/t", "/topics/t"):
        assert post(server, path).json() == FORBIDDEN, path
    key = made(server, "alice")
    assert set(key) == {"id", "name", "value"} and len(key["value"]) == 40
    assert post(server, "/prod/topics/t", key["value"]).status_code == 200
    gateway(server, "keys", "disable", key["id"])
    assert post(server, "/prod/topics/t", key["value"]).json() == FORBIDDEN
    gateway(server, "keys", "enable", key["id"])
    rotated = json.loads(gateway(server, "keys", "rotate", key["id"]))
    assert post(server, "/prod/topics/t", key["value"]).json() == FORBIDDEN
    assert post(server, "/prod/topics/t", rotated["value"]).status_code == 200
    assert [(row["id"], row["name"], row["enabled"]) for row in listed(server, "keys")] == [(key["id"], "alice", "true")]
    stored = server.data / "gateway/stored.toml"
    assert rotated["value"] not in stored.read_text() and stat.S_IMODE(stored.stat().st_mode) == 0o600
    server.kill()
    server.start()
    assert post(server, "/prod/topics/t", rotated["value"]).status_code == 200
    chosen = made(server, "bob", "--id", "bobs", "--value-stdin", input="0123456789-abcdefghij\n")
    assert chosen == {"id": "bobs", "name": "bob"}
    assert post(server, "/prod/topics/t", "0123456789-abcdefghij").status_code == 200
    gateway(server, "keys", "delete", key["id"])
    assert post(server, "/prod/topics/t", rotated["value"]).json() == FORBIDDEN
    gateway(server, "settings", "--direct")
    assert json.loads(gateway(server, "settings", "--format", "json")) == [{"direct": "true", "rate": None, "burst": None}]
    assert post(server, "/topics/t").status_code == 200
    gateway(server, "settings", "--no-direct")
    assert post(server, "/topics/t").json() == FORBIDDEN
    gateway(server, "stages", "delete", "prod")
    assert post(server, "/any/topics/t").status_code == 200


def test_records_that_stream_in_need_a_key_too(make_server):
    server = make_server()
    cluster = get(server, "/v3/clusters").json()["data"][0]["cluster_id"]
    gateway(server, "stages", "set", "prod", "--require-key")
    path, key = f"/prod/v3/clusters/{cluster}/topics/t/records", made(server, "alice")["value"]

    def stream(path, key=None):  # chunked, as a client streams
        records = (json.dumps({"value": {"type": "JSON", "data": n}}).encode() for n in range(3))
        headers = {"Content-Type": "application/json"} | ({"x-api-key": key} if key else {})
        return requests.post(server.http + path, data=records, headers=headers, timeout=30)

    for refused in (stream(path), stream(path, "no-such-key-0123456789"), stream(path.removeprefix("/prod"), key)):
        assert (refused.status_code, refused.json()) == (403, FORBIDDEN)
        assert refused.headers["x-amzn-ErrorType"] == "ForbiddenException"
    let_in = stream(path, key)
    assert [json.loads(line)["offset"] for line in let_in.text.split("\r\n") if line] == [0, 1, 2]


def test_what_cannot_be_is_told(make_server):
    server = make_server()
    for words, text in [(("plans", "set", "p", "--stage", "x"), "there is no stage x"),
                        (("stages", "set", "topics"), "that is a resource"),
                        (("stages", "set", "a b"), "letters, digits"),
                        (("stages", "set", "s", "--rate", "100000", "--burst", "1"), "a thousandth of rate"),
                        (("stages", "set", "s", "--burst", "1"), "needs rate and burst"),
                        (("stages", "delete", "s"), "there is none of that name"),
                        (("keys", "create", "a", "--plan", "p"), "there is no plan p"),
                        (("keys", "rotate", "x"), "there is none of that name"),
                        (("responses", "set", "TROTTLED"), "docs/gateway.md"),
                        (("responses", "set", "THROTTLED", "--header", "X"), "NAME=VALUE")]:
        with pytest.raises(CommandFailed) as failure:
            gateway(server, *words)
        assert text in failure.value.stderr, words
    api = server.console + "/api/gateway/"
    assert requests.put(api + "stages/s", json={"ratee": 5}, timeout=9).json()["message"].endswith("did you mean rate?")
    assert requests.put(api + "stages/s", data="{", headers={"Content-Type": "application/json"}, timeout=9).status_code == 400
    assert requests.put(api + "stages/s", data="{}", headers={"Content-Type": "text/plain"}, timeout=9).status_code == 400
    assert requests.put(api + "stages/s", json={}, headers={"Host": "evil.example.com"}, timeout=9).status_code == 400
    assert requests.get(api + "nothing", timeout=9).status_code == 404
    assert listed(server, "stages") == []


def test_limits_of_methods(make_server):
    """From the command line, over HTTP and from the file, at stages with and without an import; kept over a kill."""
    server = make_server()

    def served(method, path, key=None):
        for count in range(20):
            answer = requests.request(method, server.http + path, timeout=30, headers={"x-api-key": key} if key else {})
            if answer.status_code == 429:
                assert answer.json() == TOO_MANY and answer.headers["x-amzn-ErrorType"] == "TooManyRequestsException"
                return count
        return None

    gateway(server, "stages", "set", "prod", "--method", "/streams/GET=0.001:2", "--method", "*/*=0.001:4")
    assert served("GET", "/prod/streams") == 2 and served("GET", "/prod/topics") == 4
    assert served("GET", "/prod/streams/none") == 4 and served("DELETE", "/prod/streams/none") == 4
    assert [row["methods"] for row in listed(server, "stages")] == ["*/*=0.001:4,/streams/GET=0.001:2"]
    limits = {"/streams/GET": {"rate": 0.001, "burst": 3}}
    put = requests.put(server.console + "/api/gateway/stages/prod", json={"api_key_required": True, "methods": limits}, timeout=9)
    assert put.status_code == 200, put.text
    gateway(server, "plans", "set", "p", "--stage", "prod", "--rate", "0.001", "--burst", "8",
            "--method", "prod/{proxy+}/ANY=0.001:1")
    assert [row["methods"] for row in listed(server, "plans")] == ["prod/{proxy+}/ANY=0.001:1"]
    keys = [made(server, name, "--plan", "p")["value"] for name in ("alice", "bob")]
    assert [served("GET", "/prod/topics", key) for key in keys] == [1, 1], "of each key"
    assert served("GET", "/prod/streams", keys[0]) == 3 and served("GET", "/prod/streams", keys[1]) == 0, "of the stage"
    server.kill()
    server.start()
    assert served("GET", "/prod/topics", keys[0]) == 1
    assert served("GET", "/prod/streams/none", keys[0]) == 7, "what is left of the key's eight"
    for words, text in [(("stages", "set", "s", "--method", "/a/GET"), "write NAME=RATE:BURST"),
                        (("stages", "set", "s", "--method", "/a/GOT=1:1"), "write /RESOURCE/METHOD"),
                        (("stages", "set", "s", "--method", "/a/GET=0:1"), "from 0.001"),
                        (("plans", "set", "p", "--method", "/a/GET=1:1"), "write STAGE/RESOURCE/METHOD"),
                        (("plans", "set", "p", "--stage", "prod", "--method", "x/a/GET=1:1"), "not for the stage x")]:
        with pytest.raises(CommandFailed) as failure:
            gateway(server, *words)
        assert text in failure.value.stderr, words
    server.stop()
    (server.data / "gateway/stored.toml").unlink()
    (server.data / "gateway.toml").write_text('[stages.file.methods]\n"/{proxy+}/POST" = { rate = 0.001, burst = 2 }\n')
    server.start()
    assert served("POST", "/file/topics/t") == 2 and served("GET", "/file/topics") is None


def test_a_burst_is_exact_over_all_connections_and_event_loops(make_server):
    server = make_server()
    gateway(server, "stages", "set", "prod", "--require-key")
    gateway(server, "plans", "set", "p", "--rate", "0.01", "--burst", "50", "--stage", "prod")
    keys = [made(server, f"k{i}", "--plan", "p")["value"] for i in range(2)]

    def ask(n):
        session = requests.Session()
        return [session.get(server.http + "/prod/topics", headers={"x-api-key": keys[i % 2]}, timeout=30).status_code
                for i in range(20)]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = [status for statuses in pool.map(ask, range(16)) for status in statuses]
    assert (answers.count(200), answers.count(429)) == (100, 220), "fifty each"
    assert get(server, "/prod/topics", keys[0]).json() == TOO_MANY


def test_a_quota_outlives_stop_and_kill(make_server):
    server = make_server()
    gateway(server, "stages", "set", "prod", "--require-key")
    gateway(server, "plans", "set", "p", "--quota", "10", "--period", "MONTH")
    key = made(server, "k", "--plan", "p", "--id", "k")["value"]
    for _ in range(3):
        assert get(server, "/prod/topics", key).status_code == 200
    server.stop()
    server.start()
    assert [(row["quota"], row["used"]) for row in listed(server, "keys")] == [(10, 3)]
    for _ in range(3):
        assert get(server, "/prod/topics", key).status_code == 200
    deadline = time.monotonic() + 10
    while json.loads((server.data / "gateway/usage.json").read_text())["used"][0]["used"] != 6:
        assert time.monotonic() < deadline, "the count reaches the disk within about a second"
        time.sleep(0.05)
    server.kill()
    server.start()
    answers = [get(server, "/prod/topics", key) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    assert answers[-1].json() == SPENT and answers[-1].headers["x-amzn-ErrorType"] == "LimitExceededException"
    gateway(server, "keys", "move", "k")
    assert get(server, "/prod/topics", key).status_code == 200, "without a plan there is no quota"


DEFINITION = """
[stages.prod]
api_key_required = true
max_body_bytes = 100
[stages.late]
timeout_ms = 1000
[keys.alice]
value = "alice-alice-alice-alice"
[responses.REQUEST_TOO_LARGE]
template = '{"message":$context.error.messageString,"key":"$context.identity.apiKeyId","id":"$context.requestId"}'
headers = { "X-Limit" = "100" }
"""


def test_a_persons_file(tmp_path, make_server):
    definition = tmp_path / "mine.toml"
    definition.write_text(DEFINITION)
    config = tmp_path / "pinflow.toml"
    config.write_text(f'[gateway]\ndefinition = "{definition}"\n')
    server = make_server("--config", config)
    key = "alice-alice-alice-alice"
    assert post(server, "/prod/topics/t", key).status_code == 200
    large = requests.post(server.http + "/prod/topics/t", data=RECORD + " " * 100,
                          headers={"Content-Type": JSON_V2, "x-api-key": key}, timeout=30)
    assert large.status_code == 413 and large.headers["X-Limit"] == "100"
    assert large.json() == {"message": "Request Too Long", "key": "alice", "id": large.headers["x-amzn-RequestId"]}
    with pytest.raises(CommandFailed) as failure:
        gateway(server, "stages", "set", "prod")
    assert f"{definition}:2" in failure.value.stderr
    server.stop()
    definition.write_text(DEFINITION + "[stages.bad]\nrate = 5\n")
    failed = command("up", "--data", server.data, "--config", config, "--http", "127.0.0.1:0", "--console", "127.0.0.1:0",
                     "--kafka", "none", check=False)
    assert failed.returncode == 1 and f"{definition}:{DEFINITION.count(chr(10)) + 1}: [stages.bad]" in failed.stderr


def test_a_door_that_takes_too_long(tmp_path, make_server):
    """A REST consumer's read waits for records longer than its stage lets it."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/gateway.toml").write_text(DEFINITION)
    server = make_server()
    v2 = {"Content-Type": "application/vnd.kafka.v2+json"}
    base = server.http + "/late/consumers/g"
    options = {"name": "i", "format": "json", "consumer.request.timeout.ms": 20000}
    instance = requests.post(base, json=options, headers=v2, timeout=9).json()["base_uri"]
    assert requests.post(instance + "/subscription", json={"topics": ["t"]}, headers=v2, timeout=9).status_code == 204
    read = {"Accept": "application/vnd.kafka.json.v2+json"}
    assert requests.get(instance + "/records", headers=read, timeout=9).json() == []
    late = requests.get(instance + "/records?timeout=20000", headers=read, timeout=9)
    assert (late.status_code, late.json()) == (504, {"message": "Endpoint request timed out"})
    assert late.headers["x-amzn-ErrorType"] == "InternalServerErrorException" and late.headers["Connection"] == "close"
    assert get(server, "/late/topics").status_code == 200


def test_real_producers_behind_a_stage_with_a_key(make_server):
    """The tutorial's ways: the REST Proxy's and Kinesis' path behind a stage, and boto3 without one."""
    server = make_server()
    gateway(server, "stages", "set", "dev", "--require-key", "--rate", "1000", "--burst", "1000")
    headers = {"x-api-key": made(server, "producer")["value"], "Content-Type": "application/json"}
    stream = server.http + "/dev/streams/streaming-gw-geo"
    assert requests.post(stream, json={"ShardCount": 1}, headers=headers, timeout=9).status_code == 200
    payload = {"StreamName": "x", "Data": {"ind": 1}, "PartitionKey": "p"}
    put = requests.put(stream + "/record", json=payload, headers=headers, timeout=9)
    assert put.status_code == 200 and set(put.json()) == {"SequenceNumber", "ShardId"}
    assert requests.put(stream + "/record", json=payload, timeout=9).json() == FORBIDDEN
    native = {"X-Amz-Target": "Kinesis_20131202.ListStreams", "Content-Type": "application/x-amz-json-1.1"}
    subscribe = {**native, "X-Amz-Target": "Kinesis_20131202.SubscribeToShard"}
    for headers in (native, subscribe):
        assert requests.post(server.http + "/", data="{}", headers=headers, timeout=9).json() == FORBIDDEN
    gateway(server, "settings", "--direct")
    assert requests.post(server.http + "/", data="{}", headers=subscribe, timeout=9).json()["__type"] == "ValidationException"
    assert requests.post(server.http + "/", data="{}", headers=native, timeout=9).json()["StreamNames"] == ["streaming-gw-geo"]


@pytest.mark.parametrize("name, pattern", [
    ("CLF", r'127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\]"GET /topics/a%22b HTTP/1\.1" 404 \d+ ID'),
    ("JSON", r'\{ "requestId":"ID", "ip": "127\.0\.0\.1", "caller":"-", "user":"-","requestTime":"[^"]+", '
             r'"httpMethod":"GET","resourcePath":"/topics/a%22b", "status":"404","protocol":"HTTP/1\.1", "responseLength":"\d+" \}'),
    ("XML", r'<request id="ID"> <ip>127\.0\.0\.1</ip> .*<resourcePath>/topics/a%22b</resourcePath> <status>404</status> .*'),
    ("CSV", r"127\.0\.0\.1,-,-,[^,]+,GET,/topics/a%22b,HTTP/1\.1,404,\d+,ID"),
    ("<$context.identity.userAgent> $context.identity.apiKeyId $context.stage $context.error.message $context.nothing",
     r"<&#60;a&#62; &#34;b&#34;> theirs prod - -")])
def test_access_logs_in_the_formats_of_the_service(tmp_path, make_server, name, pattern):
    config = tmp_path / "pinflow.toml"
    config.write_text(f'[http]\naccess_log = "{tmp_path}/access.log"\n')
    server = make_server("--config", config)
    key = made(server, "k", "--id", "theirs")["value"]
    gateway(server, "stages", "set", "prod", "--require-key", "--access-log", name)
    headers = {"x-api-key": key, "User-Agent": '<a> "b"'}
    asked = requests.get(server.http + "/prod/topics/a%22b", headers=headers, timeout=9)
    refused = requests.get(server.http + "/other/topics", timeout=9)
    assert (asked.status_code, refused.status_code) == (404, 403)
    server.stop()
    lines = (tmp_path / "access.log").read_text().splitlines()
    assert re.fullmatch(pattern.replace("ID", asked.headers["x-amzn-RequestId"]), lines[0]), lines[0]
    assert '"GET /other/topics HTTP/1.1" 403 23' in lines[1], "of no stage: as without stages"
