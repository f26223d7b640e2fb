"""Clients, kills and cut connections at the Kafka door, and a search of the history for what may not be. By hand, for
hours: build/venv-kafka/bin/python -m kafka_checker --help, in tests/."""
import subprocess

import pytest

from harness import ROOT


def check(python, folder, *arguments, timeout):
    done = subprocess.run([python, "-m", "kafka_checker", "--folder", folder, *map(str, arguments)], cwd=ROOT / "tests",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)
    assert done.returncode == 0, done.stdout[-6000:]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_short_run_finds_nothing(binary, kafka_python, tmp_path, seed):
    check(kafka_python, tmp_path, "--seconds", 15, "--seed", seed, timeout=200)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12, 13, 14])
def test_a_long_run_finds_nothing(binary, kafka_python, tmp_path, seed):
    check(kafka_python, tmp_path, "--seconds", 120, "--seed", seed, timeout=500)
