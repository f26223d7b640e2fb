"""What admin clients ask about the broker at the Kafka door, beyond producing and consuming."""
import re
import socket
import struct
import subprocess

import pytest

from harness import ROOT

ADMIN = ROOT / "tests/kafka_clients/admin.py"


@pytest.mark.parametrize("action", ["cluster", "transactions", "groups", "members", "access"])
def test_admin_clients(server, kafka_python, action):
    result = subprocess.run([kafka_python, ADMIN, server.ready["kafka"], action, server.data], capture_output=True,
                            text=True, timeout=180)
    assert result.returncode == 0, f"{action}:\n{result.stdout}{result.stderr[-4000:]}"


def test_the_document_says_what_is_offered(server):
    host, port = server.ready["kafka"].rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        stream = connection.makefile("rwb")
        stream.write(struct.pack(">ihhih", 10, 18, 0, 1, -1))
        stream.flush()
        size = struct.unpack(">i", stream.read(4))[0]
        body = stream.read(size)[10:]
    offered = [(key, f"{oldest}-{newest}") for key, oldest, newest in struct.iter_unpack(">hhh", body)]
    rows = re.findall(r"^\| (\d+) \| \w+ \| (\d+-\d+) \|", (ROOT / "docs/kafka.md").read_text(), re.M)
    assert [(int(key), versions) for key, versions in rows] == offered
