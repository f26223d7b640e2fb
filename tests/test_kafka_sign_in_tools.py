"""Only with --all: Kafka's own tools and AWS's sign-in for MSK, the Java one, sign in at the Kafka door; franz-go too."""
import json
import os
import re
import subprocess

import pytest

from harness import Pinflow
from harness.others import classpath
from harness.suites import kgo_tests
from test_kafka_tools import Tools

pytestmark = pytest.mark.slow

PASSWORD = "correct horse"
KEY, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a/session+token="
JAAS = "sasl.jaas.config=org.apache.kafka.common.security."
IAM = "software.amazon.msk.auth.iam."
SIGN_IN = {
    "PLAIN": f'{JAAS}plain.PlainLoginModule required username="alice" password="{PASSWORD}";',
    "SCRAM-SHA-256": f'{JAAS}scram.ScramLoginModule required username="alice" password="{PASSWORD}";',
    "SCRAM-SHA-512": f'{JAAS}scram.ScramLoginModule required username="alice" password="{PASSWORD}";',
    "AWS_MSK_IAM": f"sasl.jaas.config={IAM}IAMLoginModule required;\n"
                   f"sasl.client.callback.handler.class={IAM}IAMClientCallbackHandler",
    "OAUTHBEARER": f"{JAAS}oauthbearer.OAuthBearerLoginModule required;\n"
                   f"sasl.login.callback.handler.class={IAM}IAMOAuthBearerLoginCallbackHandler\n"
                   f"sasl.client.callback.handler.class={IAM}IAMOAuthBearerLoginCallbackHandler",
}


REFUSAL = {"AWS_MSK_IAM": "Access denied", "OAUTHBEARER": "invalid_token"}


@pytest.fixture(scope="module")
def door(binary, tmp_path_factory):
    with Pinflow(tmp_path_factory.mktemp("sign_in") / "data",
                 kafka="PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0") as pinflow:
        pinflow.run("users", "add", "alice", "--password-stdin", input=PASSWORD)
        pinflow.run("users", "add-key", "alice", "--id", KEY, "--secret-stdin", input=f"{SECRET}\n")
        pinflow.run("users", "add-key", "alice", "--id", "ASIAEXAMPLE", "--secret-stdin", input=f"{SECRET}\n{TOKEN}\n")
        yield pinflow


def sasl(door):
    return door.ready["kafka_listeners"]["SASL_PLAINTEXT"]


def properties(tools, mechanism, jaas=None):
    return tools.file("client.properties", f"security.protocol=SASL_PLAINTEXT\nsasl.mechanism={mechanism}\n"
                                           f"{jaas or SIGN_IN[mechanism]}\n")


def there_and_back(tools, settings, topic):
    lines = "".join(f"value {i}\n" for i in range(10))
    tools("console-producer", "--topic", topic, "--command-config", settings, input=lines)
    read = tools("console-consumer", "--topic", topic, "--from-beginning", "--max-messages", 10, "--timeout-ms", 30000,
                 "--group", topic, "--command-config", settings)
    assert read == lines


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_passwords(door, tmp_path, mechanism):
    tools = Tools("4.3.1", sasl(door), tmp_path)
    there_and_back(tools, properties(tools, mechanism), f"java-{mechanism}")
    wrong = properties(tools, mechanism, SIGN_IN[mechanism].replace(PASSWORD, "wrong"))
    assert "Authentication failed" in tools("topics", "--list", "--command-config", wrong, fails=True)


def test_kafka_configs_makes_users(door, tmp_path):
    tools = Tools("4.3.1", door.ready["kafka"], tmp_path)
    user = ["--entity-type", "users", "--entity-name", "carol"]
    tools("configs", "--alter", *user, "--add-config", "SCRAM-SHA-256=[iterations=8192,password=pencil],"
                                                       "SCRAM-SHA-512=[password=pencil]")
    told = tools("configs", "--describe", *user)
    assert "SCRAM-SHA-256=iterations=8192" in told and "SCRAM-SHA-512=iterations=4096" in told, told
    inside = Tools("4.3.1", sasl(door), tmp_path)
    for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"):
        settings = properties(inside, mechanism, SIGN_IN[mechanism].replace("alice", "carol").replace(PASSWORD, "pencil"))
        assert "no-such" not in inside("topics", "--list", "--command-config", settings)
    tools("configs", "--alter", *user, "--delete-config", "SCRAM-SHA-256")
    assert "SCRAM-SHA-256" not in tools("configs", "--describe", *user)
    [listed] = [each for each in json.loads(door.run("users", "list", "--format", "json").stdout) if each["user"] == "carol"]
    assert listed["mechanisms"] == "PLAIN,SCRAM-SHA-512"


@pytest.mark.parametrize("mechanism", ["AWS_MSK_IAM", "OAUTHBEARER"])
def test_aws_credentials(door, tmp_path, monkeypatch, mechanism):
    tools = Tools("4.3.1", sasl(door), tmp_path)
    tools.classpath += ":" + classpath("client_suites/msk_iam")
    settings = properties(tools, mechanism)
    for name, value in {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}.items():
        monkeypatch.setenv(name, value)
    there_and_back(tools, settings, f"java-{mechanism}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
    assert REFUSAL[mechanism] in tools("topics", "--list", "--command-config", settings, fails=True)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    assert f"java-{mechanism}" in tools("topics", "--list", "--command-config", settings).split()
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    assert REFUSAL[mechanism] in tools("topics", "--list", "--command-config", settings, fails=True)


@pytest.mark.parametrize("hash", ["256", "512"])
def test_franz_go(door, hash):
    program, folder = kgo_tests()
    environment = {**os.environ, "KGO_SEEDS": door.ready["kafka"], "KGO_TEST_SCRAM_SEEDS": sasl(door),
                   "KGO_TEST_SCRAM": f"alice:{PASSWORD}:{hash}", "KGO_LOG_LEVEL": "none"}
    done = subprocess.run([program, "-test.v", "-test.run", "SCRAM"], cwd=folder, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    assert re.findall(r"^--- (\w+): ", done.stdout, re.MULTILINE) == ["PASS", "PASS"], done.stdout
