"""Only with --all: Kafka Connect, Kafka Streams, Spark and Flink, exactly once while they and Pinflow are killed."""
import collections
import json
import subprocess
import sys
import time

import pytest

from harness import ROOT, free_port
from harness.others import classpath, java_program
from harness.programs import ConnectWorker, until

pytestmark = pytest.mark.slow

CLIENT = ROOT / "tests/kafka_clients/client.py"


@pytest.fixture
def server(make_server):
    """It keeps its address when it is started again."""
    return make_server(kafka=f"127.0.0.1:{free_port()}")


@pytest.fixture
def client(server, kafka_python):
    def run(*arguments, **options):
        done = subprocess.run([kafka_python, CLIENT, server.ready["kafka"], *arguments], capture_output=True, text=True,
                              timeout=120, **options)
        assert done.returncode == 0, done.stderr[-3000:]
        return [json.loads(line) for line in done.stdout.splitlines()]
    return run


def restart(server):
    server.kill()
    time.sleep(1)
    server.start()


# --- Connect ---

def test_connect_source_exactly_once(server, client, programs, tmp_path):
    source, sink, written = tmp_path / "source.txt", tmp_path / "sink.txt", 0

    def write(count):
        nonlocal written
        with open(source, "a") as file:
            file.writelines(f"line {number}\n" for number in range(written, written + count))
        written += count

    def taken():
        return len(sink.read_text().splitlines()) if sink.exists() else 0
    worker = ConnectWorker(programs, server, tmp_path)
    write(500)
    worker.run("from-file", connector_class="org.apache.kafka.connect.file.FileStreamSourceConnector", tasks_max="1",
               file=str(source), topic="lines", batch_size="50", exactly_once_support="required")
    worker.run("to-file", connector_class="org.apache.kafka.connect.file.FileStreamSinkConnector", tasks_max="1",
               file=str(sink), topics="lines", consumer_override_isolation_level="read_committed")
    until(lambda: worker.runs("from-file") and worker.runs("to-file"))
    for disturb in (worker.program.kill, lambda: restart(server), worker.program.kill, lambda: restart(server)):
        before = taken()
        write(3000)
        until(lambda: taken() > before)  # in the middle of it
        disturb()
        if worker.program.process.poll() is not None:
            worker.program.start()
        write(500)
    expected = [f"line {number}" for number in range(written)]
    until(lambda: expected[-1] in (sink.read_text().splitlines() or [""])[-1], 120)
    assert [each["value"] for each in client("read-all", "lines")] == expected, "the source's lines, each once, in order"
    assert set(sink.read_text().splitlines()) == set(expected), "the file sink writes at least once: nothing is lost"


# --- Streams ---

def test_streams_exactly_once(server, client, programs, tmp_path):
    server.run("topics", "create", "text", "--partitions", 2)
    server.run("topics", "create", "counts", "--partitions", 2)
    words = collections.Counter()

    def write(lines):
        text = [" ".join(f"w{(line * 7 + word * 3) % 23}" for word in range(5)) for line in range(lines)]
        for line in text:
            words.update(line.split())
        client("produce", "text", input="".join(json.dumps({"key": f"k{number}", "value": line}) + "\n"
                                                for number, line in enumerate(text)))
    application = programs(java_program("kafka_java/streams", "WordCount", server.ready["kafka"], tmp_path / "state", "text",
                                        "counts"), tmp_path / "streams.log")
    write(500)
    until(lambda: client("read-all", "counts"))
    for disturb in (application.kill, lambda: restart(server), application.kill, lambda: restart(server)):
        write(500)
        disturb()
        if application.process.poll() is not None:
            application.start()
        write(500)
    until(lambda: len(client("read-all", "counts")) >= sum(words.values()), 120)
    counts = collections.defaultdict(list)
    for each in client("read-all", "counts"):
        counts[each["key"]].append(int(each["value"]))
    assert set(counts) == set(words)
    for word, count in words.items():
        assert counts[word] == list(range(1, count + 1)), f"{word} is to be counted one by one, each once"


# --- Spark ---

def send(client, numbers):
    """Half of them in a transaction; another one comes to nothing, and its marker is the last thing in its partition."""
    numbers = list(numbers)
    for action, some in (("produce", numbers[::2]), ("commit", numbers[1::2]), ("abort", [-1, -2, -3])):
        client(action, "numbers", input="".join(json.dumps({"key": str(n), "value": str(n)}) + "\n" for n in some))


def test_spark_stream_resumes(server, client, programs, tmp_path):
    server.run("topics", "create", "numbers", "--partitions", 2)
    jars = ",".join(classpath("kafka_java/spark").split(":"))
    command = [sys.executable, str(ROOT / "tests/kafka_clients/spark_stream.py"), server.ready["kafka"], "numbers",
               str(tmp_path / "spark"), jars]
    commits = tmp_path / "spark/checkpoint/commits"

    def batches():
        return len([each for each in commits.glob("*") if each.name.isdigit()]) if commits.exists() else 0
    send(client, range(4000))
    stream = programs([*command, "on"], tmp_path / "spark.log")
    until(lambda: batches() >= 2)
    stream.kill()
    stream.start()
    before = batches()
    until(lambda: batches() > before)
    restart(server)
    send(client, range(4000, 6000))
    before = batches()
    until(lambda: batches() > before)
    stream.kill()
    done = subprocess.run([*command, "once"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert sorted(int(json.loads(line)) for line in done.stdout.splitlines()) == list(range(6000))


# --- Flink ---

def test_flink_copies_exactly_once(server, client, programs, tmp_path):
    server.run("topics", "create", "numbers", "--partitions", 2)
    server.run("topics", "create", "copies", "--partitions", 2)
    job = programs(java_program("kafka_java/flink", "Copy", server.ready["kafka"], tmp_path / "checkpoints", "numbers",
                                "copies"), tmp_path / "flink.log")

    def copies():
        return sorted(int(each["value"]) for each in client("read-all", "copies"))
    written = 0
    for disturb in (job.kill, lambda: restart(server), job.kill):
        send(client, range(written, written + 1000))
        written += 1000
        until(lambda: len(copies()) > written - 1000)
        send(client, range(written, written + 500))
        written += 500
        disturb()
        if job.process.poll() is not None:
            job.start()
    until(lambda: len(copies()) >= written, 120)
    assert copies() == list(range(written))
