"""The group protocol of KIP-848 with real clients: librdkafka's, and with --all Kafka's own."""
import json
import subprocess
import time

import pytest

from harness import ROOT
from test_kafka_tools import Tools

MEMBER = ROOT / "tests/kafka_clients/consumer_protocol.py"


@pytest.mark.parametrize("story", ["share", "pattern", "recreate", "static"])
def test_members_of_librdkafka(server, kafka_python, story):
    done = subprocess.run([kafka_python, MEMBER, server.ready["kafka"], story], capture_output=True, text=True,
                          timeout=240)
    assert done.returncode == 0, f"{done.stdout}{done.stderr[-4000:]}"


def test_a_killed_broker_still_has_its_members(make_server, kafka_python):
    server = make_server()
    address = server.ready["kafka"]

    def produce(value):
        subprocess.run([kafka_python, ROOT / "tests/kafka_clients/client.py", address, "produce", "stays"], text=True,
                       check=True, timeout=60, input=json.dumps({"key": None, "value": value}))
    produce("before")
    member = subprocess.Popen([kafka_python, MEMBER, address, "stay"], stdout=subprocess.PIPE, text=True)
    try:
        assert json.loads(member.stdout.readline())["value"] == "before"
        server.kill()
        server = make_server(kafka=address)
        began = time.time()
        produce("after")
        assert json.loads(member.stdout.readline())["value"] == "after", "what was committed is not read again"
        assert time.time() - began < 30, "it did not have to wait for its session to end"
    finally:
        member.kill()


@pytest.mark.slow
def test_members_of_kafkas_console_consumer(server, tmp_path):
    tools = Tools("4.3.1", server.ready["kafka"], tmp_path)
    tools("topics", "--create", "--topic", "console.848", "--partitions", 2)
    tools("console-producer", "--topic", "console.848", input="".join(f"value {i}\n" for i in range(20)))
    read = tools("console-consumer", "--topic", "console.848", "--from-beginning", "--group", "console.848",
                 "--max-messages", 20, "--timeout-ms", 30000, "--command-property", "group.protocol=consumer")
    assert sorted(read.splitlines()) == sorted(f"value {i}" for i in range(20))
    told = tools("consumer-groups", "--describe", "--group", "console.848")
    assert sum(int(line.split()[3]) for line in told.splitlines() if "console.848" in line) == 20, told
    assert "Consumer" in tools("consumer-groups", "--list", "--type")
    assert "Empty" in tools("consumer-groups", "--describe", "--group", "console.848", "--state")
    tools("consumer-groups", "--delete", "--group", "console.848")
