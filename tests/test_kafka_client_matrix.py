"""What each client library does with a broker: every codec with keys, headers, timestamps and nulls there and back, groups
whose members come and go, transactions, the basics of administration."""
import os
import shutil
import struct
import subprocess

import pytest

from harness import ROOT
from harness.suites import go_program, node_packages

CLIENTS = ROOT / "tests/kafka_clients"
ACTIONS = ["round-trip", "groups", "transactions", "admin"]
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]  # by their numbers


def check_codec(server, topic, codec):
    """Of the batches in partition 0, which are stored as they came; small ones may have stayed as they were."""
    data, codecs = (server.data / f"log/{topic}-0/{0:020}.log").read_bytes(), set()
    while data and (length := struct.unpack(">i", data[8:12])[0]):
        codecs.add(CODECS[struct.unpack(">h", data[21:23])[0] & 7])
        data = data[12 + length:]
    assert codec in codecs <= {codec, "none"}, f"{topic} has batches of {codecs}"


def run(server, command, action, topics="", **environment):
    """Its round trip goes through TOPICS-CODEC."""
    done = subprocess.run([*map(str, command), server.ready["kafka"], action], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=180, env={**os.environ, **environment})
    assert done.returncode == 0, f"{action}:\n{done.stdout[-4000:]}"
    for codec in CODECS if topics and action == "round-trip" else []:
        check_codec(server, f"{topics}-{codec}", codec)


@pytest.mark.parametrize("action", ACTIONS)
def test_aiokafka(server, kafka_python, action):
    run(server, [kafka_python, CLIENTS / "of_aiokafka.py"], action, "aiokafka")


@pytest.mark.parametrize("action", ["groups", "transactions"])
def test_kafka_python(server, kafka_python, action):
    run(server, [kafka_python, CLIENTS / "of_kafka_python.py"], action)


@pytest.mark.slow
@pytest.mark.parametrize("action", ACTIONS)
def test_sarama(server, action):
    run(server, [go_program(CLIENTS / "sarama")], action, "sarama")


@pytest.mark.slow
@pytest.mark.parametrize("action", ACTIONS)
def test_kafkajs(server, action):
    run(server, ["node", CLIENTS / "kafkajs/client.js"], action, "kafkajs", **node_packages(CLIENTS / "kafkajs"))


@pytest.mark.slow
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("library", ["node_rdkafka", "confluent_javascript"])
def test_librdkafka_in_node(server, library, action):
    program = CLIENTS / f"node_addons/of_{library}.js"
    run(server, ["node", program], action, library.replace("_", "-"), **node_packages(CLIENTS / "node_addons"))


@pytest.mark.parametrize("codec", CODECS)
def test_kcat(server, codec):
    kcat = shutil.which("kcat")
    if not kcat:
        pytest.skip("NOT TESTED: kcat is not installed; ./dev test --all installs it")
    topic = f"kcat-{codec}"
    lines = [f"{'' if i % 7 == 0 else f'k{i}'}:{'' if i % 5 == 0 else f'value {i}'}" for i in range(100)]
    subprocess.run([kcat, "-b", server.ready["kafka"], "-t", topic, "-P", "-K:", "-Z", "-z", codec, "-H", "h=1", "-H",
                    "i=two", "-X", "linger.ms=100"],
                   input="\n".join(lines) + "\n", text=True, check=True, timeout=60)
    read = subprocess.run([kcat, "-b", server.ready["kafka"], "-G", f"{topic} group", "-f", "%o %K %S %h %k:%s\n", "-e", "-q",
                           "-X", "auto.offset.reset=earliest", topic], capture_output=True, text=True, timeout=60, check=True)

    def size(text):  # -Z: what is empty is null, of size -1
        return len(text) or -1
    expected = [f"{i} {size(line.split(':')[0])} {size(line.split(':')[1])} h=1,i=two {line}" for i, line in enumerate(lines)]
    assert read.stdout.splitlines() == expected
    check_codec(server, topic, codec)
