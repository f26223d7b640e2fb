"""Access control lists at the Kafka door: a real client, several users, kills, settings that cannot be."""
import json
import stat
import subprocess

import pytest
import requests

from harness import ROOT, CommandFailed, Pinflow, command

CLIENT = ROOT / "tests/kafka_clients/access.py"
BOTH = "PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0"
USERS = ["admin", "alice", "bob"]


@pytest.fixture
def door(binary, tmp_path):
    """A Pinflow that lets only admin do everything."""
    config = tmp_path / "pinflow.toml"
    config.write_text('[kafka]\nauthorizer = true\nsuper_users = "User:admin"\n')
    with Pinflow(tmp_path / "data", "--config", config, kafka=BOTH) as pinflow:
        for user in USERS:
            pinflow.run("users", "add", user, "--password-stdin", input=f"{user}'s\n")
        yield pinflow


@pytest.fixture
def client(door, kafka_python):
    """client(user, step, …): what came of each step."""
    def run(user, *steps):
        address = door.ready["kafka_listeners"]["SASL_PLAINTEXT"]
        done = subprocess.run([kafka_python, CLIENT, address, user, f"{user}'s", *steps], capture_output=True, text=True,
                              timeout=180)
        assert done.returncode == 0, f"{done.stdout}{done.stderr[-3000:]}"
        return json.loads(done.stdout)
    return run


def test_who_may_do_what_also_after_a_kill(door, client):
    assert client("alice", "write pins 1", "list", "make pins") == [
        "TOPIC_AUTHORIZATION_FAILED", [], "TOPIC_AUTHORIZATION_FAILED"]
    assert client("admin", "make pins", "make users", "write users secret",
                  "allow topic:pins:literal:User::alice:write", "allow topic:pins:literal:User::bob:read",
                  "allow group:bobs-:prefixed:User::bob:read") == ["OK"] * 6

    def check():
        assert client("alice", "write pins 1", "read pins bobs-1", "write users 1", "list") == [
            "OK", "GROUP_AUTHORIZATION_FAILED", "TOPIC_AUTHORIZATION_FAILED", ["pins"]]
        assert client("bob", "write pins 1", "read users bobs-1", "read pins others", "list") == [
            "TOPIC_AUTHORIZATION_FAILED", "TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED", ["pins"]]
    check()
    assert client("bob", "read pins bobs-1") == [["1"]]
    door.kill()
    door.start()
    check()
    assert client("bob", "read pins bobs-2") == [["1", "1"]]
    assert stat.S_IMODE((door.data / "acls.json").stat().st_mode) == 0o600
    assert client("admin", "read pins any-group", "list") == [["1", "1"], ["pins", "users"]]


def test_only_who_may_alter_the_cluster_changes_acls(client):
    bob = "topic:pins:literal:User::bob:all"
    assert client("bob", f"allow {bob}", f"forget {bob}") == ["CLUSTER_AUTHORIZATION_FAILED"] * 2
    assert client("bob", "acls") == [[]]  # librdkafka keeps the error of DescribeAcls to itself
    assert client("admin", f"allow {bob}", "deny topic:pi:prefixed:User::*:write", "acls") == [
        "OK", "OK", ["TOPIC:pi:User:*:WRITE:DENY", "TOPIC:pins:User:bob:ALL:ALLOW"]]
    assert client("bob", "make pins", "write pins 1") == ["OK", "TOPIC_AUTHORIZATION_FAILED"], "to deny beats to allow"
    assert client("admin", "forget topic:pi:prefixed:User::*:write", "acls") == [1, ["TOPIC:pins:User:bob:ALL:ALLOW"]]
    assert client("bob", "write pins 1", "delete pins") == ["OK", "OK"]


def test_transactions_are_for_who_may_write_them(client):
    assert client("admin", "make pins", "allow topic:pins:literal:User::alice:write") == ["OK", "OK"]
    assert client("alice", "send pins 1 moves") == ["TRANSACTIONAL_ID_AUTHORIZATION_FAILED"]
    assert client("admin", "allow transactional_id:moves:literal:User::alice:all") == ["OK"]
    assert client("alice", "send pins 1 moves") == ["OK"]
    assert client("admin", "read pins g") == [["1"]]


def test_other_doors_have_no_principals(door):
    """Said in docs/acls.md: the console and HTTP serve whoever reaches them; at PLAINTEXT everybody is ANONYMOUS."""
    door.run("topics", "create", "pins")
    door.run("produce", "pins", input="1\n")
    assert '"value":"1"' in door.run("tail", "pins").stdout


def test_through_the_rest_proxy_for_whom_kafka_would_let(door, client):
    """Everybody is ANONYMOUS there; what is made there counts at the Kafka door at once, and the other way round."""
    cluster = requests.get(f"{door.http}/v3/clusters", timeout=10).json()["data"][0]
    acls = cluster["acls"]["related"]
    entry = {"resource_type": "TOPIC", "resource_name": "pins", "pattern_type": "LITERAL", "principal": "User:alice", "host": "*",
             "operation": "WRITE", "permission": "ALLOW"}
    assert requests.get(acls, timeout=10).json() == {"error_code": 40301, "message": "Cluster authorization failed."}
    assert requests.post(acls, json=entry, timeout=10).status_code == 403
    assert client("admin", "make pins", "allow broker:kafka-cluster:literal:User::ANONYMOUS:all") == ["OK", "OK"]
    assert client("alice", "write pins 1") == ["TOPIC_AUTHORIZATION_FAILED"]
    made = requests.post(acls, json=entry, timeout=10)
    assert (made.status_code, made.content) == (201, b"")
    assert client("alice", "write pins 1") == ["OK"]
    found = requests.get(made.headers["Location"], timeout=10).json()
    assert found["kind"] == "KafkaAclList" and len(found["data"]) == 1
    assert {name: found["data"][0][name] for name in entry} == entry
    gone = requests.delete(acls, params={"principal": "User:alice"}, timeout=10).json()["data"]
    assert gone == found["data"]
    assert client("alice", "write pins 1") == ["TOPIC_AUTHORIZATION_FAILED"]


@pytest.mark.parametrize("settings, said", [
    ('authorizer = "yes"', "kafka.authorizer must be true or false"),
    ('authorizer = true\nsuper_users = "admin"', 'kafka.super_users: "admin" is no user'),
    ('super_users = "User:admin"', "set kafka.authorizer = true"),
    ("allow_everyone_if_no_acl_found = true", "set kafka.authorizer = true"),
    ('authoriser = true', "kafka.super_users")])  # the known keys
def test_settings_that_cannot_be_are_named(binary, tmp_path, settings, said):
    (tmp_path / "pinflow.toml").write_text(f"[kafka]\n{settings}\n")
    with pytest.raises(CommandFailed) as failed:
        command("up", "--config", tmp_path / "pinflow.toml", "--data", tmp_path / "data", "--http", "127.0.0.1:0",
                "--console", "127.0.0.1:0", "--kafka", "127.0.0.1:0")
    assert said in failed.value.stderr


def test_a_file_that_cannot_be_read_stops_the_start(door, client):
    assert client("admin", "allow topic:pins:literal:User::alice:write") == ["OK"]
    door.kill()
    file = door.data / "acls.json"
    good = file.read_text()
    for bad in (good[:len(good) // 2], good.replace("write", "wrte")):
        file.write_text(bad)
        with pytest.raises(CommandFailed) as failed:
            command("up", *door.arguments, "--data", door.data, *door.kafka, *door.listen)
        assert "acls.json" in failed.value.stderr and "restore it from a copy" in failed.value.stderr
    file.write_text(good)
    door.start()
    assert client("admin", "acls") == [["TOPIC:pins:User:alice:WRITE:ALLOW"]]
