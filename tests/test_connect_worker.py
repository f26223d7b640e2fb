"""Only with --all: the same calls to Pinflow's Connect door and to a worker of Kafka Connect 4.3, answer beside answer."""
import json
import time

import pytest
import requests

from harness import Rest
from harness.programs import ConnectWorker, until

pytestmark = pytest.mark.slow

FILE_SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector"
STRINGS = {f"{which}.converter": "org.apache.kafka.connect.storage.StringConverter" for which in ("key", "value")}
GOOD = {"connector.class": FILE_SINK, "file": "{file}", "topics": "both", "tasks.max": "2", **STRINGS}
VALIDATE = "/connector-plugins/FileStreamSinkConnector/config/validate"

# What is asked of both, in turn: method, path, body (or what the answer shows once it is settled), and in what they may
# differ (docs/connect.md, "What differs").
CALLS = [
    ("GET", "/connectors", None),
    ("GET", "/connectors/none", None),
    ("GET", "/connectors/none/status", None),
    ("GET", "/connectors/none/config", None),
    ("GET", "/connectors/none/tasks", None),
    ("GET", "/connectors/none/topics", None),
    ("GET", "/connectors/none/offsets", None),
    ("DELETE", "/connectors/none", None),
    ("PUT", "/connectors/none/pause", None),
    ("PUT", "/connectors/none/resume", None),
    ("PUT", "/connectors/none/stop", None),
    ("POST", "/connectors/none/restart", None),
    ("POST", "/connectors/none/tasks/0/restart", None),
    ("GET", "/nowhere", None),
    ("POST", "/connectors", {"name": "c", "config": GOOD | {"tasks.max": "none"}}, "one error a mistake"),
    ("POST", "/connectors", {"name": "c", "config": GOOD | {"topics.regex": "b.*"}}),
    ("POST", "/connectors", {"name": "c", "config": {key: value for key, value in GOOD.items() if key != "topics"}}),
    ("POST", "/connectors", {"name": "c", "config": GOOD | {"name": "d"}}),
    ("POST", "/connectors", {"name": "c", "config": GOOD | {"errors.tolerance": "some"}}),
    ("POST", "/connectors", {"name": "c", "config": {"topics": "both"}}, "the keys alone"),
    ("POST", "/connectors", {"name": "c", "config": GOOD, "initial_state": "SLEEPING"}, "400 for a wrong body"),
    ("PUT", VALIDATE, GOOD | {"tasks.max": "0"}),
    ("PUT", VALIDATE, {"connector.class": FILE_SINK}, "file must be there"),
    ("POST", "/connectors", {"name": "c", "config": GOOD}, "answered when it is done"),
    ("POST", "/connectors", {"name": "c", "config": GOOD}),
    ("GET", "/connectors/c", None),
    ("GET", "/connectors/c/config", None),
    ("GET", "/connectors/c/status", "RUNNING"),
    ("GET", "/connectors/c/tasks", None),
    ("GET", "/connectors/c/tasks/0/status", None),
    ("GET", "/connectors/c/tasks/9/status", None),
    ("GET", "/connectors?expand=info", None),
    ("GET", "/connectors?expand=status&expand=info", None),
    ("GET", "/connectors/c/topics", "both"),
    ("PUT", "/connectors/c/topics/reset", None),
    ("PATCH", "/connectors/c/offsets", {"offsets": []}),
    ("DELETE", "/connectors/c/offsets", None),
    ("PUT", "/connectors/c/config", GOOD | {"tasks.max": "1"}, "answered when it is done"),
    ("PATCH", "/connectors/c/config", {"tasks.max": None, "errors.log.enable": "true"}),
    ("GET", "/connectors/c/config", None),
    ("PUT", "/connectors/c/pause", None),
    ("GET", "/connectors/c/status", "PAUSED"),
    ("PUT", "/connectors/c/resume", None),
    ("GET", "/connectors/c/status", "RUNNING"),
    ("POST", "/connectors/c/restart?includeTasks=true&onlyFailed=true", None),
    ("POST", "/connectors/c/tasks/0/restart", None),
    ("POST", "/connectors/c/tasks/7/restart", None),
    ("PUT", "/connectors/c/stop", None),
    ("GET", "/connectors/c/status", "STOPPED"),
    ("PATCH", "/connectors/c/offsets", {"offsets": [{"partition": {"kafka_topic": "both", "kafka_partition": 0},
                                                      "offset": {"kafka_offset": 1}}]}),
    ("GET", "/connectors/c/offsets", None),
    ("PATCH", "/connectors/c/offsets", {"offsets": [{"partition": {"topic": "both"}, "offset": {"kafka_offset": 1}}]}),
    ("DELETE", "/connectors/c/offsets", None),
    ("GET", "/connectors/c/offsets", None),
    ("DELETE", "/connectors/c", None),
    ("GET", "/connectors", None),
]


class Both:
    def __init__(self, ours, theirs, folder):
        self.doors = {"Pinflow": (ours, "both-ours.txt"), "Connect": (theirs, str(folder / "theirs.txt"))}

    def ask(self, door, method, path, body):
        """(status, what it says without what belongs to one of them: addresses, files, stack traces)"""
        url, file = self.doors[door]
        if isinstance(body, dict) and "config" in body:
            body = body | {"config": {key: value.format(file=file) for key, value in body["config"].items()}}
        elif isinstance(body, dict):
            body = {key: value.format(file=file) if isinstance(value, str) else value for key, value in body.items()}
        answer = requests.request(method, url + path, json=body, timeout=30)
        text = answer.text.replace(file, "{file}")
        return answer.status_code, plain(json.loads(text)) if text else None

    def settled(self, door, method, path, wanted, seconds=30):
        """The answer once it has the word in it, of every task too, for what takes a moment; else the last one."""
        end = time.monotonic() + seconds
        while True:
            status, answer = self.ask(door, method, path, None)
            tasks = [task["state"] for task in answer.get("tasks", [])]
            if wanted in str(answer) and all(state == wanted for state in tasks) and (tasks or wanted != "RUNNING"):
                return status, answer
            if time.monotonic() > end:
                return status, answer
            time.sleep(0.2)


def plain(answer):
    if isinstance(answer, dict) and "configs" in answer:  # the definitions have texts of their own
        values = [(each["value"]["name"], each["value"]["value"], each["value"]["errors"]) for each in answer["configs"]
                  if not each["value"]["name"].endswith((".plugin.version", ".encoding", ".type", "header.converter"))]
        return {name: answer[name] for name in ("name", "error_count", "groups")} | {"values": sorted(values, key=str)}
    if isinstance(answer, list):
        return sorted((plain(each) for each in answer), key=str)
    if not isinstance(answer, dict):
        return answer
    return {name: "somebody" if name == "worker_id" else plain(value) for name, value in answer.items()
            if name not in ("trace", "version")}


def test_the_same_calls_have_the_same_answers(make_server, programs, tmp_path):
    server, broker = make_server(kafka="127.0.0.1:0"), make_server(data=tmp_path / "other", kafka="127.0.0.1:0")
    for each in (server, broker):  # not one for both, as both use the group connect-c
        Rest(each.http).produce("both", ["a", "b", "c"])
    worker = ConnectWorker(programs, broker, tmp_path)
    until(lambda: worker.ask("GET", "/") and worker.ask("GET", "/connectors") is not None)
    both, different = Both(server.ready["connect"], worker.url, tmp_path), []
    for method, path, body, *why in CALLS:
        if isinstance(body, str):
            answers = [both.settled(door, method, path, body) for door in both.doors]
        else:
            answers = [both.ask(door, method, path, body) for door in both.doors]
        if (answers[0] == answers[1]) == bool(why):
            different.append((method, path, body, *why, *answers))
        if method != "GET":
            time.sleep(0.5)  # a distributed worker answers before it has done
    for each in different:
        print(*each, sep="\n   ")
    assert not different, f"{len(different)} of {len(CALLS)}"
