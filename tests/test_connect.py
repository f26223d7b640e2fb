"""Kafka Connect's REST interface and its worker, with the file sink: what tools, scripts and students do with them."""
import json
import subprocess
import time

import pytest
import requests

from harness import ROOT, CommandFailed, Pinflow, command
from harness.clients import Rest
from harness.connectors import wait

CLIENT = ROOT / "tests/kafka_clients/connect.py"
TRANSACTIONS = ROOT / "tests/kafka_clients/client.py"
FILE_SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector"
STRINGS = {"value.converter": "org.apache.kafka.connect.storage.StringConverter"}
PLAIN_JSON = {"value.converter": "org.apache.kafka.connect.json.JsonConverter",
              "value.converter.schemas.enable": "false"}


class Connect:
    """The door of one server, and the files that its connectors write."""

    def __init__(self, server, kafka_python=None):
        self.server, self.url, self.python = server, server.ready["connect"], kafka_python

    def ask(self, method, path, body=None, **options):
        return requests.request(method, self.url + path, json=body, timeout=30, **options)

    def get(self, path, status=200):
        answer = self.ask("GET", path)
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        return answer.json()

    def create(self, name, topics, **more):
        config = {"connector.class": FILE_SINK, "file": f"{name}.txt", "topics": topics, **STRINGS}
        config |= {key.replace("__", "."): value for key, value in more.items()}
        answer = self.ask("POST", "/connectors", {"name": name, "config": {k: v for k, v in config.items() if v is not None}})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def lines(self, name):
        file = self.server.data / "files" / f"{name}.txt"
        return file.read_text().split("\n")[:-1] if file.exists() else []

    def wait_lines(self, name, expected, seconds=20):
        wait(lambda: len(self.lines(name)) >= len(expected), seconds)
        assert self.lines(name) == expected

    def states(self, name):
        status = self.get(f"/connectors/{name}/status")
        return [status["connector"]["state"], *(task["state"] for task in status["tasks"])]

    def wait_states(self, name, *states, seconds=20):
        assert wait(lambda: self.states(name) == list(states), seconds), self.get(f"/connectors/{name}/status")

    def offsets(self, name):
        return {(each["partition"]["kafka_topic"], each["partition"]["kafka_partition"]): each["offset"]["kafka_offset"]
                for each in self.get(f"/connectors/{name}/offsets")["offsets"]}

    def client(self, *arguments, input=""):
        """What a real Kafka client says."""
        done = subprocess.run([self.python, CLIENT, self.server.ready["kafka"], *map(str, arguments)], input=input,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def cli(self, *arguments, **options):
        return command("connectors", *arguments, "--url", self.url, **options)


@pytest.fixture
def connect(server, kafka_python):
    connect = Connect(server, kafka_python)
    yield connect
    for name in connect.get("/connectors"):  # one that has failed would hold up everybody's drain
        connect.ask("DELETE", f"/connectors/{name}")


@pytest.fixture
def rest(server):
    return Rest(server.http)


def test_the_root_tells_version_and_cluster(connect):
    root = connect.get("/")
    assert root["version"].split(".")[0].isdigit() and root["commit"] and len(root["kafka_cluster_id"]) == 22
    assert connect.get("/health")["status"] == "healthy"


def test_plugins_are_listed_with_their_keys(connect):
    plugins = connect.get("/connector-plugins")
    assert {"class": FILE_SINK, "type": "sink"}.items() <= next(p for p in plugins if p["class"] == FILE_SINK).items()
    for name in (FILE_SINK, "FileStreamSink", "FileStreamSinkConnector"):
        keys = {key["name"]: key for key in connect.get(f"/connector-plugins/{name}/config")}
        assert keys["tasks.max"] | {"documentation": ""} == {
            "name": "tasks.max", "type": "INT", "required": False, "default_value": "1", "importance": "HIGH",
            "documentation": "", "group": "Common", "width": "SHORT", "display_name": "Tasks max", "dependents": [],
            "order": 3}
        assert keys["file"]["required"]
    assert connect.get("/connector-plugins/nonsense/config", 404)["message"] == "Unknown plugin nonsense."


def test_a_connector_writes_what_its_topics_have(connect, rest):
    rest.produce("cw.a", [{"n": 1}, {"n": 2}])
    made = connect.create("cw", "cw.a,cw.b", tasks__max="2")
    assert made["name"] == "cw" and made["type"] == "sink" and made["config"]["name"] == "cw"
    assert made["tasks"] == [{"connector": "cw", "task": 0}, {"connector": "cw", "task": 1}]
    connect.wait_lines("cw", ['{"n":1}', '{"n":2}'])
    rest.produce("cw.b", [{"n": 3}])  # a topic that was not there
    connect.wait_lines("cw", ['{"n":1}', '{"n":2}', '{"n":3}'])
    connect.wait_states("cw", "RUNNING", "RUNNING", "RUNNING")
    assert wait(lambda: connect.offsets("cw") == {("cw.a", 0): 2, ("cw.b", 0): 1})
    assert connect.client("offsets", "connect-cw") == [{"topic": "cw.a", "partition": 0, "offset": 2},
                                                       {"topic": "cw.b", "partition": 0, "offset": 1}]
    assert connect.get("/connectors/cw/topics") == {"cw": {"topics": ["cw.a", "cw.b"]}}
    assert connect.ask("PUT", "/connectors/cw/topics/reset").status_code == 202
    assert connect.get("/connectors/cw/topics") == {"cw": {"topics": []}}
    tasks = connect.get("/connectors/cw/tasks")
    assert [task["id"] for task in tasks] == made["tasks"] and tasks[0]["config"]["topics"] == "cw.a,cw.b"
    host = connect.url.split("//")[1]
    assert connect.get("/connectors/cw/tasks/1/status") == {"id": 1, "state": "RUNNING", "worker_id": host}
    listed = connect.get("/connectors?expand=status&expand=info")["cw"]
    assert listed["info"] == made and listed["status"]["connector"] == {"state": "RUNNING", "worker_id": host}
    assert "cw" in connect.get("/connectors")


def test_everything_of_a_connector_that_is_not_there_is_404(connect):
    for method, path, message in [
            ("GET", "", "Connector no not found"), ("GET", "/config", "Connector no not found"),
            ("GET", "/status", "No status found for connector no"), ("GET", "/tasks", "Connector no not found"),
            ("GET", "/tasks/0/status", "No status found for task no-0"), ("GET", "/offsets", "Connector no not found"),
            ("PUT", "/pause", "Unknown connector no"), ("PUT", "/resume", "Unknown connector no"),
            ("PUT", "/stop", "Unknown connector no"), ("POST", "/restart", "Unknown connector: no"),
            ("POST", "/tasks/0/restart", "Unknown connector: no"), ("DELETE", "", "Connector no not found"),
            ("DELETE", "/offsets", "Connector no not found"), ("GET", "/nonsense", "HTTP 404 Not Found")]:
        answer = connect.ask(method, "/connectors/no" + path)
        assert (answer.status_code, answer.json()) == (404, {"error_code": 404, "message": message}), (method, path)
    assert connect.ask("PATCH", "/connectors/no/config", {"a": "b"}).json()["message"] == "Connector no not found"


@pytest.mark.parametrize("body,status,says", [
    ({"name": "x"}, 400, '"config" object'),
    ({"name": "x", "config": {"topics": "a"}}, 400, "contains no connector type"),
    ({"name": "x", "config": {"connector.class": FILE_SINK, "name": "y"}}, 400,
     "Connector name configuration (y) doesn't match connector name in the URL (x)"),
    ({"name": "x", "config": {"connector.class": "io.debezium.MySql", "topics": "a"}}, 500,
     "Failed to find any class that implements Connector and which name matches io.debezium.MySql, available "
     "connectors are: "),
    ({"name": " ", "config": {"connector.class": FILE_SINK, "file": "a", "topics": "a"}}, 400,
     "Invalid value  for configuration name: String may not be empty"),
    ({"name": "x", "config": {"connector.class": FILE_SINK, "file": "a", "topics": None}}, 400,
     "Null value can not be supplied as the configuration value."),
    ({"name": "x", "config": {"connector.class": FILE_SINK, "file": "a", "topics": ["a"]}}, 400, "not a list"),
    ({"name": "x", "config": {"connector.class": FILE_SINK, "file": "a", "topics": "a"}, "initial_state": "GONE"}, 400,
     "RUNNING, PAUSED or STOPPED"),
])
def test_what_is_wrong_with_a_request_is_said(connect, body, status, says):
    answer = connect.ask("POST", "/connectors", body)
    assert answer.status_code == status and answer.json()["error_code"] == status
    assert says in answer.json()["message"]
    if status == 500:
        assert FILE_SINK in answer.json()["message"]


def test_a_body_of_another_type_is_refused_with_the_type_to_send(connect):
    answer = requests.post(connect.url + "/connectors", data="{}", timeout=30)
    assert answer.status_code == 415 and "Content-Type: application/json" in answer.json()["message"]


def test_every_wrong_key_is_explained(connect):
    config = {"connector.class": "FileStreamSink", "tasks.max": "zero", "topics": "a", "topics.regex": "b",
              "errors.tolerance": "some", "errors.log.enable": "yes", "value.converter": "io.confluent.Avro",
              "transforms": "t", "transforms.t.type": "InsertField", "file": "../../etc/passwd"}
    answer = connect.ask("POST", "/connectors", {"name": "wrong", "config": config})
    assert answer.status_code == 400
    message = answer.json()["message"]
    for line in [
            "Connector configuration is invalid and contains the following 8 error(s):\n",
            "Invalid value zero for configuration tasks.max: Not a number of type INT\n",
            "topics and topics.regex are mutually exclusive options, but both are set.\n",
            "Invalid value some for configuration errors.tolerance: String must be one of: none, all\n",
            "Invalid value yes for configuration errors.log.enable: Expected value to be either true or false\n",
            "Invalid value io.confluent.Avro for configuration value.converter: Class io.confluent.Avro could not be found",
            "Invalid value InsertField for configuration transforms.t.type: Class InsertField could not be found",
            "Invalid value ../../etc/passwd for configuration file: Files of connectors are below",
            "\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`"]:
        assert line in message, line
    assert "wrong" not in connect.get("/connectors")
    validation = connect.ask("PUT", "/connector-plugins/FileStreamSink/config/validate", config)
    assert validation.status_code == 200
    validation = validation.json()
    assert validation["name"] == "FileStreamSink"
    assert validation["groups"] == ["Common", "Transforms", "Predicates", "Error Handling", "Transforms: t"]
    by_name = {each["value"]["name"]: each for each in validation["configs"]}
    assert by_name["tasks.max"]["value"] == {
        "name": "tasks.max", "value": None, "recommended_values": [], "visible": True,
        "errors": ["Invalid value zero for configuration tasks.max: Not a number of type INT"]}
    assert by_name["name"]["value"]["errors"] == ['Missing required configuration "name" which has no default value.']
    assert by_name["name"]["definition"]["required"] and by_name["file"]["definition"]["type"] == "STRING"
    assert validation["error_count"] == sum(len(each["value"]["errors"]) for each in validation["configs"]) == 9
    other = connect.ask("PUT", "/connector-plugins/S3Sink/config/validate", config)
    assert other.status_code == 400
    assert other.json()["message"] == "Included connector type FileStreamSink does not match request type S3Sink"


def test_statuses_of_making_and_changing(connect, rest):
    answer = connect.ask("PUT", "/connectors/statuses/config", {
        "connector.class": FILE_SINK, "file": "statuses.txt", "topics": "statuses.a", **STRINGS})
    assert answer.status_code == 201
    assert answer.headers["Location"] == connect.url + "/connectors/statuses"
    config = connect.get("/connectors/statuses/config")
    again = connect.ask("POST", "/connectors", {"name": "statuses", "config": config})
    assert (again.status_code, again.json()) == (409, {"error_code": 409, "message": "Connector statuses already exists"})
    assert connect.ask("PUT", "/connectors/statuses/config", config | {"tasks.max": 2}).status_code == 200
    assert connect.get("/connectors/statuses/config") == config | {"tasks.max": "2"}
    patched = connect.ask("PATCH", "/connectors/statuses/config", {"tasks.max": None, "file": "statuses2.txt"})
    assert patched.status_code == 200 and patched.json()["config"] == config | {"file": "statuses2.txt"}
    rest.produce("statuses.a", ["x"])
    connect.wait_lines("statuses2", ['"x"'])
    assert connect.ask("GET", "/connectors/statuses/restart").status_code == 405
    assert connect.ask("PUT", "/connectors").status_code == 405
    plain = requests.post(connect.url + "/connectors", data="{}", headers={"Content-Type": "text/plain"}, timeout=10)
    assert (plain.status_code, plain.json()["message"]) == (
        415, "HTTP 415 Unsupported Media Type: send the body with Content-Type: application/json")
    broken = requests.post(connect.url + "/connectors", data="{", headers={"Content-Type": "application/json"}, timeout=10)
    assert broken.status_code == 400 and "no JSON" in broken.json()["message"]
    assert connect.ask("DELETE", "/connectors/statuses").status_code == 204
    assert connect.get("/connectors/statuses", 404)


def test_pause_resume_stop_and_offsets(connect, rest):
    rest.produce("pr.a", [1, 2])
    connect.create("pr", "pr.a")
    connect.wait_lines("pr", ["1", "2"])
    assert connect.ask("PUT", "/connectors/pr/pause").status_code == 202
    connect.wait_states("pr", "PAUSED", "PAUSED")
    rest.produce("pr.a", [3])
    time.sleep(0.5)
    assert connect.lines("pr") == ["1", "2"]
    change = {"offsets": [{"partition": {"kafka_topic": "pr.a", "kafka_partition": 0}, "offset": {"kafka_offset": 1}}]}
    for refused in (connect.ask("PATCH", "/connectors/pr/offsets", change), connect.ask("DELETE", "/connectors/pr/offsets")):
        assert (refused.status_code, refused.json()["message"]) == (
            400, "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for "
                 "the specified connector by issuing a 'PUT' request to the '/connectors/pr/stop' endpoint")
    assert connect.ask("PUT", "/connectors/pr/resume").status_code == 202
    connect.wait_lines("pr", ["1", "2", "3"])
    assert wait(lambda: connect.offsets("pr") == {("pr.a", 0): 3})
    assert connect.ask("PUT", "/connectors/pr/stop").status_code == 204
    assert connect.states("pr") == ["STOPPED"] and connect.get("/connectors/pr")["tasks"] == []
    altered = connect.ask("PATCH", "/connectors/pr/offsets", change)
    assert (altered.status_code, altered.json()) == (
        200, {"message": "The offsets for this connector have been altered successfully"})
    assert connect.client("offsets", "connect-pr") == [{"topic": "pr.a", "partition": 0, "offset": 1}]
    assert connect.ask("PUT", "/connectors/pr/resume").status_code == 202
    connect.wait_lines("pr", ["1", "2", "3", "2", "3"])
    connect.ask("PUT", "/connectors/pr/stop")
    reset = connect.ask("DELETE", "/connectors/pr/offsets")
    assert (reset.status_code, reset.json()) == (
        200, {"message": "The offsets for this connector have been reset successfully"})
    assert connect.offsets("pr") == {}
    connect.ask("PUT", "/connectors/pr/resume")
    connect.wait_lines("pr", ["1", "2", "3", "2", "3", "1", "2", "3"])


@pytest.mark.parametrize("entry,says", [
    ({"offset": {"kafka_offset": 1}}, "The partition for a sink connector offset cannot be null or missing"),
    ({"partition": {"kafka_topic": "bo.a"}, "offset": None}, "must contain the keys 'kafka_topic' and 'kafka_partition'"),
    ({"partition": {"kafka_topic": "bo.a", "kafka_partition": "x"}, "offset": None}, "Failed to parse the following Kafka partition value"),
    ({"partition": {"kafka_topic": "bo.a", "kafka_partition": 0}, "offset": {}}, "contain the key 'kafka_offset'"),
    ({"partition": {"kafka_topic": "bo.a", "kafka_partition": 0}, "offset": {"kafka_offset": "x"}}, "Failed to parse the following Kafka offset value"),
])
def test_offsets_that_cannot_be(connect, entry, says):
    answer = connect.ask("PATCH", "/connectors/bo/offsets", {"offsets": [entry]})
    assert answer.status_code == 400 and says in answer.json()["message"]
    none = connect.ask("PATCH", "/connectors/bo/offsets", {"offsets": []})
    assert none.json()["message"] == "Partitions / offsets need to be provided for an alter offsets request"


def test_a_poison_record_goes_to_the_dead_letters_with_its_reason(connect):
    records = [{"value": '{"n":1}'}, {"key": "k", "value": "no json", "headers": [["h", "v"]]}, {"value": '{"n":2}'}]
    connect.client("produce", "dl.a", input="\n".join(map(json.dumps, records)))
    connect.create("dl", "dl.a", **PLAIN_JSON, errors__tolerance="all",
                   errors__deadletterqueue__topic__name="dl.dead", errors__deadletterqueue__context__headers__enable="true")
    connect.wait_lines("dl", ['{"n":1}', '{"n":2}'])
    assert wait(lambda: connect.offsets("dl") == {("dl.a", 0): 3})
    assert connect.states("dl") == ["RUNNING", "RUNNING"]
    letter, = connect.client("read", "dl.dead", 1)
    headers = dict(letter["headers"])
    assert letter["key"] == "k" and letter["value"] == "no json" and headers.pop("h") == "v"
    message = headers.pop("__connect.errors.exception.message")
    assert message.startswith("Converting byte[] to Kafka Connect data failed due to serialization error: ")
    thrown = "org.apache.kafka.connect.errors.DataException"
    assert headers.pop("__connect.errors.exception.stacktrace").startswith(f"{thrown}: {message}\n")
    assert headers == {"__connect.errors.topic": "dl.a", "__connect.errors.partition": "0", "__connect.errors.offset": "1",
                       "__connect.errors.connector.name": "dl", "__connect.errors.task.id": "0",
                       "__connect.errors.stage": "VALUE_CONVERTER",
                       "__connect.errors.class.name": "org.apache.kafka.connect.json.JsonConverter",
                       "__connect.errors.exception.class.name": thrown}


def test_what_is_not_tolerated_stops_the_task_and_says_where(connect, server):
    connect.client("produce", "nt.a", input="\n".join(json.dumps({"value": value}) for value in ("1", "{", "2")))
    connect.create("nt", "nt.a", **PLAIN_JSON, errors__log__enable="true", errors__log__include__messages="true")
    connect.wait_states("nt", "RUNNING", "FAILED")
    trace = connect.get("/connectors/nt/status")["tasks"][0]["trace"]
    assert trace.startswith("org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler")
    assert "topic nt.a, partition 0, offset 1" in trace
    assert "Caused by: org.apache.kafka.connect.errors.DataException: Converting byte[]" in trace
    assert "Error encountered in task nt-0. Executing stage 'VALUE_CONVERTER' with class " \
           "'org.apache.kafka.connect.json.JsonConverter', where consumed record is {topic='nt.a', partition=0, offset=1" \
        in server.log.read_text()
    connect.ask("PATCH", "/connectors/nt/config", {"errors.tolerance": "all"})
    wait(lambda: connect.lines("nt")[-1:] == ["2"])
    connect.wait_states("nt", "RUNNING", "RUNNING")


def test_restarts(connect):
    connect.client("produce", "rs.a", input=json.dumps({"value": "{"}))
    connect.create("rs", "rs.a", **PLAIN_JSON)
    connect.wait_states("rs", "RUNNING", "FAILED")
    assert connect.ask("POST", "/connectors/rs/restart").status_code == 204
    plan = connect.ask("POST", "/connectors/rs/restart?includeTasks=true&onlyFailed=true")
    assert plan.status_code == 202
    assert [plan.json()["connector"]["state"], plan.json()["tasks"][0]["state"]] == ["RUNNING", "RESTARTING"]
    assert "trace" not in plan.json()["tasks"][0]
    connect.wait_states("rs", "RUNNING", "FAILED")
    assert connect.ask("POST", "/connectors/rs/tasks/0/restart").status_code == 204
    assert connect.ask("POST", "/connectors/rs/tasks/1/restart").json()["message"] == "Unknown task: rs-1"
    connect.wait_states("rs", "RUNNING", "FAILED")


def test_a_regex_finds_new_topics_and_partitions(connect, server, rest):
    connect.create("rx", None, topics__regex="rx.*", tasks__max="3")
    server.run("topics", "create", "rx.a", "--partitions", "4")
    for partition in range(4):
        status, _, _ = rest.request("POST", "/topics/rx.a", json.dumps({"records": [{"value": partition, "partition": partition}]}),
                                    {"Content-Type": "application/vnd.kafka.json.v2+json"})
        assert status == 200
    rest.produce("rx.b", ["b"])
    rest.produce("other", ["c"])
    assert wait(lambda: len(connect.lines("rx")) == 5)
    assert sorted(connect.lines("rx")) == ['"b"', "0", "1", "2", "3"]
    assert connect.states("rx") == ["RUNNING"] * 4


def test_a_topic_that_was_deleted_and_made_anew_is_read_from_its_start(connect, server, rest):
    rest.produce("del.a", [1, 2])
    connect.create("del", "del.a")
    connect.wait_lines("del", ["1", "2"])
    assert wait(lambda: connect.offsets("del") == {("del.a", 0): 2})
    server.run("topics", "delete", "del.a", "--yes")
    assert wait(lambda: connect.offsets("del") == {})
    rest.produce("del.a", [3])
    connect.wait_lines("del", ["1", "2", "3"])
    assert connect.states("del") == ["RUNNING", "RUNNING"]


def test_records_that_were_purged_are_told_and_passed_over(connect, server, rest):
    rest.produce("pu.a", [1, 2])
    connect.create("pu", "pu.a")
    connect.wait_lines("pu", ["1", "2"])
    connect.ask("PUT", "/connectors/pu/stop")
    rest.produce("pu.a", [3])
    server.run("topics", "purge", "pu.a", "--yes")
    rest.produce("pu.a", [4])
    connect.ask("PUT", "/connectors/pu/resume")
    connect.wait_lines("pu", ["1", "2", "4"])
    assert "task 0 wants pu.a-0 from offset 2, but there are records from 3 to" in server.log.read_text()


def test_only_what_was_committed_is_read(connect, kafka_python):
    for what, value in (("produce", "1"), ("abort", "2"), ("commit", "3")):
        subprocess.run([kafka_python, TRANSACTIONS, connect.server.ready["kafka"], what, "tx.a"],
                       input=json.dumps({"key": None, "value": value}), text=True, check=True, timeout=60)
    connect.create("tx", "tx.a")
    connect.wait_lines("tx", ["1", "3"])


def test_connectors_survive_kill_and_restart(make_server, kafka_python):
    server = make_server()
    connect, rest = Connect(server, kafka_python), Rest(server.http)
    connect.create("one", "a")
    connect.create("two", "a")
    connect.ask("PUT", "/connectors/two/pause")
    connect.create("three", "a")
    connect.ask("PUT", "/connectors/three/stop")
    rest.produce("a", [1, 2, 3])
    connect.wait_lines("one", ["1", "2", "3"])
    assert wait(lambda: connect.offsets("one") == {("a", 0): 3})
    config = connect.get("/connectors/two/config")
    server.kill()
    server.start()
    connect, rest = Connect(server), Rest(server.http)
    connect.wait_states("one", "RUNNING", "RUNNING")
    connect.wait_states("two", "PAUSED", "PAUSED")
    connect.wait_states("three", "STOPPED")
    assert connect.get("/connectors/two/config") == config
    rest.produce("a", [4])
    connect.wait_lines("one", ["1", "2", "3", "4"])  # its position was kept
    connect.ask("PUT", "/connectors/two/resume")
    server.stop()
    server.start()
    connect = Connect(server)
    connect.wait_states("two", "RUNNING", "RUNNING")
    connect.wait_lines("two", ["1", "2", "3", "4"])
    assert connect.lines("one") == ["1", "2", "3", "4"]
    assert (server.data / "connectors.json").stat().st_mode & 0o077 == 0  # there may be secrets in it


def test_nothing_acked_is_missing_after_kills_in_the_middle(make_server):
    server = make_server()
    connect, rest = Connect(server), Rest(server.http)
    connect.create("k", "k.a")
    produced = 0
    for _ in range(3):
        rest.produce("k.a", list(range(produced, produced + 2000)))
        produced += 2000
        server.kill()  # most of it was not read yet
        server.start()
        connect, rest = Connect(server), Rest(server.http)
    wait(lambda: connect.offsets("k") == {("k.a", 0): produced}, 60)
    assert sorted(set(map(int, connect.lines("k")))) == list(range(produced))


def student(bucket, topics, **more):
    """What people have saved of their connector, as it is."""
    return {"connector.class": "io.confluent.connect.s3.S3SinkConnector", "s3.region": "us-east-1", "flush.size": "1",
            "schema.compatibility": "NONE", "tasks.max": "3", "topics.regex": topics,
            "format.class": "io.confluent.connect.s3.format.json.JsonFormat",
            "partitioner.class": "io.confluent.connect.storage.partitioner.DefaultPartitioner",
            "value.converter.schemas.enable": "false", "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            "storage.class": "io.confluent.connect.s3.storage.S3Storage",
            "key.converter": "org.apache.kafka.connect.storage.StringConverter", "s3.bucket.name": bucket} | more


def objects(server, bucket):
    folder = server.data / "objects" / bucket
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.json")} if folder.exists() else {}


def test_a_students_s3_sink_as_it_is_pasted(connect, rest):
    rest.produce("stu.pin", [{"index": 1}, {"index": 2}])
    made = connect.ask("POST", "/connectors", {"name": "stu", "config": student("user-stu-bucket", "stu.*")})
    assert made.status_code == 201, made.text
    rest.produce("stu.geo", [{"ind": 1, "country": "Aruba"}])
    expected = {"topics/stu.pin/partition=0/stu.pin+0+0000000000.json": '{"index":1}\n',
                "topics/stu.pin/partition=0/stu.pin+0+0000000001.json": '{"index":2}\n',
                "topics/stu.geo/partition=0/stu.geo+0+0000000000.json": '{"ind":1,"country":"Aruba"}\n'}
    assert wait(lambda: objects(connect.server, "user-stu-bucket") == expected), connect.get("/connectors/stu/status")
    assert wait(lambda: connect.offsets("stu") == {("stu.pin", 0): 2, ("stu.geo", 0): 1})
    assert connect.states("stu") == ["RUNNING"] * 4


def test_the_s3_sink_goes_on_after_kills_without_gap_or_double(make_server):
    server = make_server()
    connect, rest = Connect(server), Rest(server.http)
    assert connect.ask("POST", "/connectors", {"name": "s", "config": student("b", "s.*", **{"flush.size": "7"})}).ok
    produced = 0
    for _ in range(3):
        rest.produce("s.a", list(range(produced, produced + 700)))
        produced += 700
        time.sleep(0.05)
        server.kill()
        server.start()
        connect, rest = Connect(server), Rest(server.http)
    assert wait(lambda: connect.offsets("s") == {("s.a", 0): produced}, 60)
    lines = [int(line) for name, text in sorted(objects(server, "b").items()) for line in text.splitlines()]
    assert lines == list(range(produced))


def test_a_sinks_poison_goes_to_the_dead_letters(connect):
    records = [{"value": '{"n":1}'}, {"value": "no json"}, {"value": '{"n":2}'}]
    connect.client("produce", "sdl.a", input="\n".join(map(json.dumps, records)))
    config = student("sdl", "sdl.a", **{"errors.tolerance": "all", "errors.deadletterqueue.topic.name": "dead-sdl",
                                        "errors.deadletterqueue.context.headers.enable": "true"})
    assert connect.ask("POST", "/connectors", {"name": "sdl", "config": config}).status_code == 201
    assert wait(lambda: connect.offsets("sdl") == {("sdl.a", 0): 3})
    assert sorted(objects(connect.server, "sdl").values()) == ['{"n":1}\n', '{"n":2}\n']
    letter, = connect.client("read", "dead-sdl", 1)
    assert letter["value"] == "no json" and ["__connect.errors.stage", "VALUE_CONVERTER"] in letter["headers"]


def test_a_bucket_is_no_way_out(connect):
    config = student("up", "up.*", **{"s3.bucket.name": "../../up"})
    refused = connect.ask("POST", "/connectors", {"name": "up", "config": config})
    assert refused.status_code == 400 and "s3.bucket.name" in refused.json()["message"], refused.text


def test_a_sink_writes_nowhere_else(connect, rest):
    rest.produce("away.a", [1])
    config = student("away", "away.*", **{"store.url": "file:///etc"})
    assert connect.ask("POST", "/connectors", {"name": "away", "config": config}).status_code == 201
    connect.wait_states("away", "RUNNING", "FAILED", "FAILED", "FAILED")
    assert "store.url: connectors write below" in connect.get("/connectors/away/status")["tasks"][0]["trace"]
    connect.ask("DELETE", "/connectors/away")


def test_files_of_connectors_at_the_start(make_server, tmp_path):
    properties = tmp_path / "sink.properties"
    properties.write_text("# as for connect-standalone\nname=from-file\nconnector.class=FileStreamSink\n"
                          f"tasks.max=1\nfile=caf\\u00e9.txt\ntopics=a,\\\n  b\nvalue.converter={STRINGS['value.converter']}\n")
    config = tmp_path / "pinflow.toml"
    config.write_text(f'connectors = ["sink.properties"]\n[connect]\nfile_folder = "{tmp_path}/out"\n')
    server = make_server("--config", config)
    connect = Connect(server)
    assert connect.get("/connectors/from-file/config")["topics"] == "a,b"
    Rest(server.http).produce("b", ["x"])
    assert wait(lambda: (tmp_path / "out/café.txt").exists() and (tmp_path / "out/café.txt").read_text() == '"x"\n')
    server.stop()
    properties.write_text(properties.read_text().replace("tasks.max=1", "tasks.max=many"))
    with pytest.raises(AssertionError, match="Invalid value many for configuration tasks.max"):
        server.start()
    properties.write_text(properties.read_text().replace("tasks.max=many", "tasks.max=1"))
    server.arguments = ["--connector", properties, "--connector", tmp_path / "nope.properties"]
    server.log.unlink()
    with pytest.raises(AssertionError, match=r"--connector .*nope\.properties: .*No such file"):
        server.start()
    assert "task 0 begins" not in server.log.read_text()


def test_the_command_line_does_the_same(make_server, tmp_path):
    server = make_server()
    connect = Connect(server)
    file = tmp_path / "c.json"
    file.write_text(json.dumps({"name": "cl", "config": {"connector.class": "FileStreamSink", "file": "cl.txt",
                                                         "topics": "cl.a", "task.max": 2, **STRINGS}}))
    assert f"\n{FILE_SINK},sink," in connect.cli("plugins", "--format", "csv").stdout
    checked = connect.cli("validate", file)
    assert checked.stdout == "Nothing is wrong with it.\n"
    assert checked.stderr == "Note: task.max is not a key of this connector: did you mean tasks.max?\n"
    assert connect.cli("add", file, "--paused").stdout == "cl\n"
    with pytest.raises(CommandFailed, match="Connector cl already exists"):
        connect.cli("add", file)
    connect.wait_states("cl", "PAUSED", "PAUSED")
    connect.cli("resume", "cl")
    Rest(server.http).produce("cl.a", [1])
    connect.wait_lines("cl", ["1"])
    connect.wait_states("cl", "RUNNING", "RUNNING")
    row, = json.loads(connect.cli("ls", "--format", "json").stdout)
    assert row == {"connector": "cl", "state": "RUNNING", "tasks": "1 RUNNING", "class": "FileStreamSink", "topics": "cl.a"}
    assert json.loads(connect.cli("show", "cl").stdout)["info"]["config"]["file"] == "cl.txt"
    assert wait(lambda: connect.offsets("cl") == {("cl.a", 0): 1})
    assert json.loads(connect.cli("offsets", "cl", "--format", "json").stdout) == [{"topic": "cl.a", "partition": 0, "offset": 1}]
    with pytest.raises(CommandFailed, match="must be in the STOPPED state.*pinflow connectors stop cl"):
        connect.cli("offsets", "cl", "--reset")
    connect.cli("stop", "cl")
    connect.cli("offsets", "cl", "--set", "cl.a:0=0")
    connect.cli("resume", "cl")
    connect.wait_lines("cl", ["1", "1"])
    connect.cli("restart", "cl", "--tasks")
    command("connectors", "ls", "--data", server.data)  # the folder leads to the door
    file.write_text(json.dumps({"name": "cl", "connector.class": "FileStreamSink", "tasks.max": "x"}))
    with pytest.raises(CommandFailed) as refused:
        connect.cli("validate", file)
    assert "Invalid value x for configuration tasks.max" in refused.value.stderr
    assert 'Missing required configuration "file"' in refused.value.stderr
    assert refused.value.stderr.count("Must configure one of topics or topics.regex") == 1
    connect.cli("rm", "cl")
    assert connect.get("/connectors") == []


def test_metrics_and_a_closed_door(make_server):
    server = make_server()
    connect = Connect(server)
    connect.create("m", "m.a")
    Rest(server.http).produce("m.a", [1, 2])
    connect.wait_lines("m", ["1", "2"])
    assert wait(lambda: connect.offsets("m") == {("m.a", 0): 2})
    metrics = requests.get(server.console + "/metrics", timeout=10).text
    for line in ('pinflow_connector_records_total{connector="m"} 2', 'pinflow_connector_lag_records{connector="m"} 0',
                 'pinflow_connect_tasks{state="RUNNING"} 1', 'pinflow_connect_answers_total{operation="connectors",status="201"} 1'):
        assert line in metrics, line
    server.stop()
    closed = Pinflow(server.data, connect=None)
    with closed:
        assert "connect" not in closed.ready
        Rest(closed.http).produce("m.a", [3])  # they run all the same
        assert wait(lambda: connect.lines("m") == ["1", "2", "3"])
