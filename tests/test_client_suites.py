"""Only with --all: the test suites of librdkafka and franz-go, run against the Kafka door."""
import os
import re
import subprocess

import pytest

from harness import ROOT, Pinflow
from harness.suites import kgo_tests, librdkafka_tests

pytestmark = pytest.mark.slow

SELECTED = [re.fullmatch(r"(\d{4}) (\w+)[^(\[]*(\(local\))?\s*(?:\[(.*)\])?", line).groups()
            for line in (ROOT / "tests/client_suites/librdkafka.txt").read_text().splitlines() if line[0] != "#"]
SECONDS = 75  # of one test of librdkafka: as long as its own suite gives most of them
KGO_PASSES = 144  # at least: the others want share groups and SCRAM


def tail(text, size=6000):
    return text if len(text) < size else "…" + text[-size:]


@pytest.fixture(scope="module")
def broker(binary, tmp_path_factory):
    """As the suites want their broker: four partitions for what they do not create, three replicas to ask for, and an
    authorizer that lets everybody do what no ACL is about."""
    folder = tmp_path_factory.mktemp("suites")
    (folder / "pinflow.toml").write_text("[kafka]\nnum_partitions = 4\nmax_replication_factor = 3\n"
                                          "authorizer = true\nallow_everyone_if_no_acl_found = true\n"
                                          "[topics]\nretention.ms = -1\n")  # 0059 writes records of 1970
    with Pinflow(folder / "data", "--config", folder / "pinflow.toml") as pinflow:
        yield pinflow


@pytest.fixture(scope="module")
def librdkafka(broker, tmp_path_factory):
    """librdkafka(number, subtest): that test of the suite, its exit code and what it said."""
    folder = librdkafka_tests()
    settings = tmp_path_factory.mktemp("librdkafka") / "test.conf"
    settings.write_text(f"bootstrap.servers={broker.ready['kafka']}\n")
    environment = {**os.environ, "LD_LIBRARY_PATH": f"{folder}/../src:{folder}/../src-cpp",
                   "RDKAFKA_TEST_CONF": str(settings)}

    def run(number, subtest):
        chosen = {"TESTS": number, **({"SUBTESTS": subtest} if subtest else {})}
        command = ["./test-runner", "-p1", "-Q", "-E", "-V", "3.9.0"]
        try:
            done = subprocess.run(command, cwd=folder, env={**environment, **chosen}, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=SECONDS)
        except subprocess.TimeoutExpired as late:
            return f"not done after {SECONDS} s", (late.stdout or b"").decode(errors="replace")
        return done.returncode, done.stdout.decode(errors="replace")
    return run


@pytest.mark.parametrize("number, local, subtests", [(number, local, subtests) for number, _, local, subtests in SELECTED],
                         ids=[f"{number}_{name}" for number, name, _, _ in SELECTED])
def test_librdkafka(librdkafka, number, local, subtests):
    for subtest in (subtests or "").split() or [None]:
        code, said = librdkafka(number, subtest)
        if code != 0 and local:  # it measures times inside the client: once more, on a machine that may be busy
            code, said = librdkafka(number, subtest)
        assert code == 0, f"librdkafka's test {number} {subtest or ''} ended with {code}:\n{tail(said)}"


@pytest.mark.parametrize("chaos", ["0", "1"], ids=["quiet", "chaos"])
def test_franz_go(broker, chaos):
    program, folder = kgo_tests()
    environment = {**os.environ, "KGO_SEEDS": broker.ready["kafka"], "KGO_TEST_RF": "1", "KGO_TEST_RECORDS": "10000",
                   "KGO_TEST_CHAOS": chaos, "KGO_LOG_LEVEL": "none"}
    done = subprocess.run([program, "-test.v", "-test.timeout", "550s"], cwd=folder, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace", timeout=580)
    outcomes = re.findall(r"^--- (PASS|FAIL|SKIP): (\S+)", done.stdout, re.MULTILINE)
    names = {outcome: [name for each, name in outcomes if each == outcome] for outcome in ("PASS", "FAIL", "SKIP")}
    assert done.returncode == 0 and not names["FAIL"], f"failed: {names['FAIL']}\n{tail(done.stdout, 20000)}"
    assert len(names["PASS"]) >= KGO_PASSES, f"only {len(names['PASS'])} passed; skipped: {names['SKIP']}"
