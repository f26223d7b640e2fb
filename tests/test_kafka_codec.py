"""Kafka's messages against an independent codec: random messages of every API and version, byte for byte."""
import random
import subprocess

import pytest

from harness import ROOT


def recode(python, count, seed):
    """Runs the comparison with the program of the dev build, which has sanitizers."""
    program = ROOT / "build/dev/kafka_recode"
    assert program.exists(), f"{program} is missing: ./dev build dev"
    result = subprocess.run([python, ROOT / "tests/kafka_codec/random_messages.py", program, str(count), str(seed)],
                            capture_output=True, text=True, timeout=540)
    assert result.returncode == 0, f"seed {seed}:\n{result.stdout}{result.stderr[-4000:]}"
    return result.stdout


def test_messages_come_back_byte_for_byte(kafka_python):
    assert " messages of 446 types " in recode(kafka_python, 4, 1)


@pytest.mark.slow
def test_many_random_messages(kafka_python):
    recode(kafka_python, 250, random.randrange(10**9))
