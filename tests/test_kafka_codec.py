"""Kafka's messages against an independent codec: random messages of every API and version, byte for byte."""
import hashlib
import random
import shutil
import subprocess
import sys

import pytest

from harness import ROOT

REQUIREMENTS = ROOT / "tests/requirements-kafka.txt"


@pytest.fixture(scope="module")
def python_with_kio():
    """The Python of a venv of its own, made as ./dev makes the others: anew when the requirements have changed."""
    venv = ROOT / "build/venv-kafka"
    made_from = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest() + "  -\n"
    mark = venv / "made-from"
    if not mark.exists() or mark.read_text() != made_from:
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", venv], check=True, timeout=120)
        subprocess.run([venv / "bin/pip", "install", "--quiet", "--require-hashes", "-r", REQUIREMENTS], check=True,
                       timeout=300)
        mark.write_text(made_from)
    return venv / "bin/python"


def recode(python, count, seed):
    """Runs the comparison with the program of the dev build, which has sanitizers."""
    program = ROOT / "build/dev/kafka_recode"
    assert program.exists(), f"{program} is missing: ./dev build dev"
    result = subprocess.run([python, ROOT / "tests/kafka_codec/random_messages.py", program, str(count), str(seed)],
                            capture_output=True, text=True, timeout=540)
    assert result.returncode == 0, f"seed {seed}:\n{result.stdout}{result.stderr[-4000:]}"
    return result.stdout


def test_messages_come_back_byte_for_byte(python_with_kio):
    assert " messages of 438 types " in recode(python_with_kio, 4, 1)


@pytest.mark.slow
def test_many_random_messages(python_with_kio):
    recode(python_with_kio, 250, random.randrange(10**9))
