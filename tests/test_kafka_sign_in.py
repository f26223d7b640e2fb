"""Signing in at the Kafka door: real clients, users from the command line, restarts."""
import json
import os
import stat
import subprocess
import time

import pytest
import requests

from harness import ROOT, CommandFailed, Pinflow, command
from harness.msk_token import msk_token

CLIENT = ROOT / "tests/kafka_clients/sign_in.py"
MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
BOTH = "PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


@pytest.fixture(scope="module")
def door(binary, tmp_path_factory):
    """A Pinflow with both kinds of listeners, and alice."""
    with Pinflow(tmp_path_factory.mktemp("sign_in") / "data", kafka=BOTH) as pinflow:
        pinflow.run("users", "add", "alice", "--password-stdin", input="correct horse, battery=staple\n")
        pinflow.run("users", "add-key", "alice", "--id", "AKIDEXAMPLE", "--secret-stdin", input=SECRET + "\n")
        yield pinflow


@pytest.fixture
def client(kafka_python):
    def run(library, address, topic, mechanism, *words, input=None):
        done = subprocess.run([kafka_python, CLIENT, library, address, topic, mechanism, *words], input=input,
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{done.stdout}{done.stderr[-3000:]}"
        return done.stdout.strip()
    return run


def sasl(door):
    return door.ready["kafka_listeners"]["SASL_PLAINTEXT"]


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("library", ["confluent-kafka", "kafka-python"])
def test_the_right_password_is_served(door, client, library, mechanism):
    said = client(library, sasl(door), f"right-{library}-{mechanism}", mechanism, "alice", "correct horse, battery=staple")
    assert said == "SERVED"


@pytest.mark.parametrize("library, mechanism, user", [
    *(("confluent-kafka", mechanism, user) for mechanism in MECHANISMS for user in ("alice", "nobody")),
    ("kafka-python", "PLAIN", "alice")])
def test_a_wrong_one_is_not(door, client, library, mechanism, user):
    said = client(library, sasl(door), "wrong", mechanism, user, "wrong")
    assert said.startswith("REFUSED"), said
    assert "wrong" not in [line["topic"] for line in json.loads(door.run("topics", "list", "--format", "json").stdout)]


def test_who_does_not_sign_in_is_not_served(door, kafka_python):
    from_plain = f"""
from confluent_kafka.admin import AdminClient
try:
    AdminClient({{"bootstrap.servers": "{sasl(door)}", "socket.timeout.ms": 3000}}).list_topics(timeout=5)
    print("SERVED")
except Exception as error:
    print("REFUSED", error)
"""
    done = subprocess.run([kafka_python, "-c", from_plain], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("REFUSED"), done.stdout + done.stderr


def test_each_listener_tells_its_own_address(door, kafka_python):
    ask = "import sys; from confluent_kafka.admin import AdminClient; " \
          "print(*[f'{b.host}:{b.port}' for b in AdminClient(dict(w.split('=', 1) for w in sys.argv[1:]))" \
          ".list_topics(timeout=10).brokers.values()])"
    settings = {"PLAINTEXT": [], "SASL_PLAINTEXT": ["security.protocol=SASL_PLAINTEXT", "sasl.mechanisms=PLAIN",
                "sasl.username=alice", "sasl.password=correct horse, battery=staple"]}
    for protocol, words in settings.items():
        address = door.ready["kafka_listeners"][protocol]
        done = subprocess.run([kafka_python, "-c", ask, f"bootstrap.servers={address}", *words], capture_output=True,
                              text=True, timeout=60)
        assert done.stdout.strip() == address, done.stdout + done.stderr
    assert door.ready["kafka"] == door.ready["kafka_listeners"]["PLAINTEXT"]


def test_tokens_of_aws_signers(door, client):
    token, expires = msk_token("AKIDEXAMPLE", SECRET)
    said = client("confluent-kafka", sasl(door), "msk", "OAUTHBEARER", input=f"{token} {expires}\n" * 10)
    assert said == "SERVED"
    for key, secret, now in (("AKIDEXAMPLE", "another", None), ("AKIDOTHER", SECRET, None),
                             ("AKIDEXAMPLE", SECRET, time.time() - 1000)):
        token, _ = msk_token(key, secret, now=now)
        said = client("confluent-kafka", sasl(door), "msk", "OAUTHBEARER", input=f"{token} {time.time() + 900}\n" * 10)
        assert said.startswith("REFUSED"), said


def test_users_at_the_command_line(make_server, client):
    pinflow = make_server(kafka=BOTH)
    made = json.loads(pinflow.run("users", "add", "bob").stdout)
    assert made["name"] == "bob" and len(made["password"]) >= 32
    with pytest.raises(CommandFailed, match="has a password already"):
        pinflow.run("users", "add", "bob")
    key = json.loads(pinflow.run("users", "add-key", "bob").stdout)
    assert key["id"].startswith("AKIA") and key["secret"]
    [listed] = json.loads(pinflow.run("users", "list", "--format", "json").stdout)
    assert listed == {"user": "bob", "mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512", "access_keys": key["id"]}
    file = pinflow.data / "users.json"
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert made["password"] not in file.read_text()

    pinflow.kill()
    pinflow.start()
    assert client("confluent-kafka", sasl(pinflow), "t", "SCRAM-SHA-256", "bob", made["password"]) == "SERVED"
    again = json.loads(pinflow.run("users", "password", "bob").stdout)
    assert client("confluent-kafka", sasl(pinflow), "t", "PLAIN", "bob", made["password"]).startswith("REFUSED")
    assert client("kafka-python", sasl(pinflow), "u", "PLAIN", "bob", again["password"]) == "SERVED"
    pinflow.run("users", "remove-key", "bob", key["id"])
    pinflow.run("users", "remove", "bob")
    assert json.loads(pinflow.run("users", "list", "--format", "json").stdout) == []
    with pytest.raises(CommandFailed, match="there is no user bob"):
        pinflow.run("users", "remove", "bob")
    for words in (["add", "a\nb"], ["password", "eve"], ["add-key", "eve", "--id", "a b"]):
        with pytest.raises(CommandFailed):
            pinflow.run("users", *words)


def test_sessions_end_and_are_renewed(make_server, client, tmp_path):
    """librdkafka signs in again by itself (KIP-368); nothing it sends meanwhile is lost."""
    settings = tmp_path / "pinflow.toml"
    settings.write_text("[kafka]\nconnections_max_reauth_ms = 2000\n")
    pinflow = make_server("--config", settings, kafka=BOTH)
    password = json.loads(pinflow.run("users", "add", "alice").stdout)["password"]
    for mechanism in ("PLAIN", "SCRAM-SHA-512"):
        assert client("confluent-kafka", sasl(pinflow), f"long-{mechanism}", mechanism, "alice", password, "7") == "SERVED"


def test_over_tls(make_server, kafka_python, tmp_path):
    data = tmp_path / "data"
    command("certs", "--data", data)
    pinflow = make_server(data=data, kafka="SSL://127.0.0.1:0,SASL_SSL://127.0.0.1:0")
    password = json.loads(pinflow.run("users", "add", "alice").stdout)["password"]
    ask = "import sys; from confluent_kafka.admin import AdminClient; " \
          "print(*[f'{b.host}:{b.port}' for b in AdminClient(dict(w.split('=', 1) for w in sys.argv[1:]))" \
          ".list_topics(timeout=10).brokers.values()])"
    for protocol, words in (("SSL", []), ("SASL_SSL", ["sasl.mechanisms=SCRAM-SHA-512", "sasl.username=alice",
                                                       f"sasl.password={password}"])):
        address = pinflow.ready["kafka_listeners"][protocol]
        done = subprocess.run([kafka_python, "-c", ask, f"bootstrap.servers={address}", f"security.protocol={protocol}",
                               f"ssl.ca.location={data}/certs/ca.crt", *words], capture_output=True, text=True, timeout=60)
        assert done.stdout.strip() == address, done.stdout + done.stderr


@pytest.mark.parametrize("kafka, settings, message", [
    ("SASL://127.0.0.1:0", "", "there is no protocol SASL"),
    ("127.0.0.1:0,127.0.0.1:0", "", "PLAINTEXT is there twice"),
    ("127.0.0.1:0", 'advertised = "SASL_PLAINTEXT://h:1"', "no listener has that protocol"),
    (BOTH, 'sasl_mechanisms = "PLAIN, GSSAPI"', "there is no GSSAPI"),
    ("SASL_SSL://127.0.0.1:0", "", "pinflow certs"),
])
def test_settings_that_cannot_be(binary, tmp_path, kafka, settings, message):
    (tmp_path / "pinflow.toml").write_text(f"[kafka]\n{settings}\n")
    done = subprocess.run([binary, "up", "--config", tmp_path / "pinflow.toml", "--data", tmp_path / "data", "--kafka", kafka,
                           "--http", "127.0.0.1:0", "--console", "127.0.0.1:0"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and message in done.stderr, done.stderr


def test_users_are_not_managed_under_anybodys_name(make_server):
    """A page whose name was made to lead here (DNS rebinding) sends that name as Host."""
    pinflow = make_server()
    for host, status in (("evil.example:8080", 400), ("localhost:8080", 200), ("127.0.0.1", 200), ("pinflow:8080", 200)):
        answer = requests.get(f"{pinflow.console}/api/users", headers={"Host": host}, timeout=10)
        assert answer.status_code == status, (host, answer.text)
