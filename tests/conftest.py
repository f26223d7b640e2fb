import hashlib
import pathlib
import shutil
import struct
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BINARY, ROOT, Pinflow  # noqa: E402
from harness.programs import Program  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--all", action="store_true", help="also tests that need other programs or much time")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: only with --all")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--all"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    items[:] = [item for item in items if item not in slow]
    config.hook.pytest_deselected(items=slow)


@pytest.fixture(scope="session")
def binary():
    assert BINARY.exists(), f"{BINARY} is missing: ./dev build"
    return BINARY


@pytest.fixture(scope="session")
def server(binary, tmp_path_factory):
    """One Pinflow for all tests that keep to topics and user ids of their own."""
    with Pinflow(tmp_path_factory.mktemp("shared") / "data") as pinflow:
        yield pinflow


@pytest.fixture
def programs():
    """Starts a command, with a file for what it says; all end with the test."""
    started = []

    def make(command, log):
        started.append(Program(command, log))
        return started[-1].start()
    yield make
    for each in started:
        each.end()


def python_with(requirements, venv):
    """The Python of a venv of its own, made as ./dev makes the others: anew when the requirements have changed."""
    made_from = hashlib.sha256(requirements.read_bytes()).hexdigest() + "  -\n"
    mark = venv / "made-from"
    if not mark.exists() or mark.read_text() != made_from:
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", venv], check=True, timeout=120)
        subprocess.run([venv / "bin/pip", "install", "--quiet", "--require-hashes", "-r", requirements], check=True,
                       timeout=300)
        mark.write_text(made_from)
    return venv / "bin/python"


@pytest.fixture(scope="session")
def kafka_python():
    return python_with(ROOT / "tests/requirements-kafka.txt", ROOT / "build/venv-kafka")


@pytest.fixture(scope="session")
def kinesis_python():
    return python_with(ROOT / "tests/requirements-kinesis.txt", ROOT / "build/venv-kinesis")


@pytest.fixture(scope="session")
def openapi_python():
    return python_with(ROOT / "tests/requirements-openapi.txt", ROOT / "build/venv-openapi")


@pytest.fixture
def make_server(binary, tmp_path):
    """make_server(*arguments, data=…): a Pinflow of one's own, stopped at the end."""
    made = []

    def make(*arguments, data=None, **options):
        pinflow = Pinflow(data or tmp_path / "data", *arguments, **options)
        made.append(pinflow)
        return pinflow.start()

    yield make
    for pinflow in made:
        if pinflow.process and pinflow.process.poll() is None:
            pinflow.process.kill()
            pinflow.process.wait()


@pytest.fixture
def clock(tmp_path):
    """clock(seconds) puts the wall clock of a server started with clock.environment that far from the real one."""
    shim, offset = tmp_path / "moved_clock.so", tmp_path / "offset"
    subprocess.run(["clang-19", "-shared", "-fPIC", "-O1", "-o", shim, ROOT / "tests/harness/moved_clock.c"], check=True)
    offset.write_bytes(struct.pack("q", 0))

    def move(seconds):
        with open(offset, "r+b") as file:
            file.write(struct.pack("q", seconds))

    move.environment = {"LD_PRELOAD": str(shim), "MOVED_CLOCK": str(offset)}
    return move
