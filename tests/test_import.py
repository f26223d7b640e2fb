"""`pinflow import`: objects, Delta tables and another Kafka's topics into a topic, each record once, whatever cuts in."""
import base64
import gzip
import json
import signal
import subprocess
import time

import pytest
import requests

from harness import BINARY, Pinflow, command, free_port
from harness.s3 import KEYS, s3_server

CLIENT = "tests/kafka_clients/client.py"


def bring(server, source, topic, *arguments, check=True, environment=None):
    """The summary of an import that went through; the finished process with check=False."""
    run = [BINARY, "import", str(source), "--into", topic, "--kafka", server.ready["kafka"], *map(str, arguments)]
    result = subprocess.run(run, capture_output=True, text=True, timeout=120, env=environment)
    if not check:
        return result
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def records(server, topic):
    lines = server.run("tail", topic, "--last", "-1").stdout.split("\n")
    return sorted((json.loads(line) for line in lines if line), key=lambda each: (each["partition"], each["offset"]))


def values(server, topic):
    return [(each["partition"], each["value"]) for each in records(server, topic)]


def committed(server, kafka_python, topic):
    """The values of all committed records, partition by partition."""
    run = [kafka_python, CLIENT, server.ready["kafka"], "read-all", topic]
    result = subprocess.run(run, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return [json.loads(line)["value"] for line in result.stdout.splitlines()]


def write(folder, name, lines, pack=lambda text: text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pack("".join(line + "\n" for line in lines).encode()))


def connector_folder(folder, topic, partitions, objects, lines):
    """What the S3 sink connector leaves behind; the values it holds, in order."""
    made = []
    for partition in range(partitions):
        for number in range(objects):
            rows = [json.dumps({"p": partition, "n": number * lines + i}) for i in range(lines)]
            name = f"topics/{topic}/partition={partition}/{topic}+{partition}+{number * lines:010}.json"
            write(folder, name + ".gz" if number % 2 else name, rows, gzip.compress if number % 2 else bytes)
            made += [(partition, row) for row in rows]
    return made


# --- objects ---------------------------------------------------------------------------------------------------------

def test_what_the_connector_wrote(server, tmp_path):
    made = connector_folder(tmp_path, "clicks", partitions=3, objects=4, lines=50)
    (tmp_path / "topics/clicks/_SUCCESS").touch()
    report = bring(server, tmp_path, "brought-clicks")
    assert report["records"] == 600 and report["before"] == 0 and report["complete"]
    assert report["left_out"] == ["1 objects that are no JSON lines, topics/clicks/_SUCCESS the first"]
    assert values(server, "brought-clicks") == made
    again = bring(server, f"file://{tmp_path}", "brought-clicks")
    assert (again["records"], again["before"]) == (0, 600)
    # The connector goes on, and so does the import.
    write(tmp_path, "topics/clicks/partition=1/clicks+1+0000000200.json", ['{"p":1,"n":200}'])
    assert bring(server, tmp_path, "brought-clicks")["records"] == 1
    assert values(server, "brought-clicks").count((1, '{"p":1,"n":200}')) == 1


def test_what_the_connector_stored_comes_back_with_keys_and_headers(server, tmp_path):
    """There by the S3 sink with keys and headers beside the values, and back by import: the same records."""
    cluster = requests.get(f"{server.http}/v3/clusters", timeout=10).json()["data"][0]["metadata"]["self"]
    server.run("topics", "create", "there", "--partitions", "3")
    for i in range(6):
        sent = {"key": {"type": "STRING", "data": f"k{i}"} if i % 2 else {"type": "JSON", "data": {"id": i}},
                "value": {"type": "JSON", "data": {"n": i}},
                "headers": [{"name": "h", "value": base64.b64encode(f"v{i}".encode()).decode()}]}
        assert requests.post(f"{cluster}/topics/there/records", json=sent, timeout=10).json()["error_code"] == 200
    config = {"connector.class": "io.confluent.connect.s3.S3SinkConnector", "topics": "there", "s3.bucket.name": "there-and-back",
              "s3.region": "us-east-1", "storage.class": "io.confluent.connect.s3.storage.S3Storage", "flush.size": "1",
              "format.class": "io.confluent.connect.s3.format.json.JsonFormat", "store.kafka.keys": "true",
              "keys.format.class": "io.confluent.connect.s3.format.json.JsonFormat", "store.kafka.headers": "true",
              "headers.format.class": "io.confluent.connect.s3.format.json.JsonFormat",
              "key.converter": "org.apache.kafka.connect.storage.StringConverter",
              "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false"}
    made = requests.post(server.ready["connect"] + "/connectors", json={"name": "there", "config": config}, timeout=30)
    assert made.status_code == 201, made.text
    folder, until = server.data / "objects/there-and-back", time.monotonic() + 30
    while len([path for path in folder.rglob("*.json") if ".~tmp" not in path.parts]) < 18:
        assert time.monotonic() < until, list(folder.rglob("*"))
        time.sleep(0.1)
    assert bring(server, folder, "back")["records"] == 6
    there, back = [server.sql(f'SELECT partition, key, value, headers FROM raw."{topic}" ORDER BY partition, "offset"')
                   for topic in ("there", "back")]
    assert there == back
    assert sorted(each["headers"][0]["value"] for each in back) == sorted(
        base64.b64encode(f"v{i}".encode()).decode() for i in range(6))


def test_kills_neither_lose_nor_double(binary, kafka_python, tmp_path):
    made = connector_folder(tmp_path / "store", "many", partitions=2, objects=20, lines=10_000)
    with Pinflow(tmp_path / "data") as server:
        run = [BINARY, "import", tmp_path / "store", "--into", "many", "--kafka", server.ready["kafka"]]
        kills = 0
        for tenths in range(1, 60):
            process = subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                stdout, stderr = process.communicate(timeout=tenths / 10)
            except subprocess.TimeoutExpired:
                # Ctrl-C now and then: it commits what it has.
                process.send_signal(signal.SIGINT if tenths % 4 == 0 else signal.SIGKILL)
                process.communicate()
                assert process.returncode in ((2, 0) if tenths % 4 == 0 else (-9,))
                kills += 1
                continue
            assert process.returncode == 0, stderr
            break
        assert kills > 2, "it was too fast to be killed"
        report = json.loads(stdout)
        assert report["complete"] and report["records"] + report["before"] == len(made)
        assert committed(server, kafka_python, "many") == [value for _, value in made]


def test_pinflow_that_is_killed_meanwhile(binary, kafka_python, tmp_path):
    made = connector_folder(tmp_path / "store", "many", partitions=1, objects=40, lines=10_000)
    address = f"127.0.0.1:{free_port()}"
    server = Pinflow(tmp_path / "data", kafka=address).start()
    process = subprocess.Popen([BINARY, "import", tmp_path / "store", "--into", "many", "--kafka", address],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(3):
        time.sleep(0.7)
        server.kill()
        server.start()
    stdout, stderr = process.communicate(timeout=120)
    if process.returncode != 0:  # it may give up; then the same command goes on
        process = subprocess.run(process.args, capture_output=True, text=True, timeout=120)
        stdout, stderr = process.stdout, process.stderr
    assert process.returncode == 0, stderr
    assert json.loads(stdout)["records"] > 0
    assert committed(server, kafka_python, "many") == [value for _, value in made]
    server.stop()


@pytest.mark.slow
def test_objects_in_s3(server, tmp_path):
    with s3_server(tmp_path) as s3:
        s3.client.create_bucket(Bucket="old")
        for number in range(3):
            s3.client.put_object(Bucket="old", Key=f"topics/t/partition=0/t+0+{number:010}.json",
                                 Body=f'{{"n":{number}}}\n')
        assert bring(server, s3.url("old", "topics/t"), "from-s3", environment=s3.environment)["records"] == 3
        assert values(server, "from-s3") == [(0, f'{{"n":{number}}}') for number in range(3)]


# --- Delta -----------------------------------------------------------------------------------------------------------

def test_a_delta_table(binary, tmp_path):
    with Pinflow(tmp_path / "data") as server:
        rows = [{"index": i, "country": f"land {i}", "timestamp": "2024-01-02T03:04:05", "latitude": i / 7, "longitude": 1}
                for i in range(500)]
        server.run("produce", "abc.geo", input="".join(json.dumps(row) + "\n" for row in rows))
        server.drain()
        folder = tmp_path / "data/lake/clean/abc_geo"
        report = bring(server, folder, "from-delta")
        assert report["records"] == 500
        expected = server.sql('SELECT * FROM clean."abc_geo" ORDER BY ind')
        got = sorted((json.loads(each["value"]) for each in records(server, "from-delta")), key=lambda row: row["ind"])
        assert [{name: row[name] for name in expected[0]} for row in got] == expected
        assert bring(server, folder, "from-delta")["records"] == 0
        assert bring(server, folder, "older", "--version", 0)["records"] == 0
        absent = bring(server, folder, "none", "--version", 99, check=False)
        assert absent.returncode == 1 and "99" in absent.stderr
        assert "none" not in [row["topic"] for row in json.loads(server.run("topics", "list", "--format", "json").stdout)]


def test_the_topic_is_where_the_folders_pinflow_is(server, tmp_path):
    connector_folder(tmp_path / "d", "d", partitions=1, objects=1, lines=3)
    brought = command("import", tmp_path / "d", "--into", "by-folder", "--data", server.data)
    assert json.loads(brought.stdout)["records"] == 3 and len(records(server, "by-folder")) == 3
    nobody = command("import", tmp_path / "d", "--into", "t", "--data", tmp_path / "nobody", check=False)
    assert nobody.returncode == 1 and "pinflow up --data" in nobody.stderr


@pytest.mark.slow
def test_a_delta_table_in_s3(server, tmp_path):
    import pyarrow
    from deltalake import write_deltalake
    with s3_server(tmp_path) as s3:
        s3.client.create_bucket(Bucket="tables")
        storage = {**KEYS, "AWS_ENDPOINT_URL": s3.endpoint, "AWS_ALLOW_HTTP": "true", "aws_conditional_put": "etag"}
        for start in range(0, 90, 30):
            write_deltalake("s3://tables/t", pyarrow.table({"n": list(range(start, start + 30))}), mode="append",
                            storage_options=storage)
        copies = tmp_path / "copies"
        copies.mkdir()
        environment = {**s3.environment, "TMPDIR": str(copies)}
        source = s3.url("tables", "t")
        assert bring(server, source, "delta-s3", environment=environment)["records"] == 90
        assert sorted(json.loads(value)["n"] for _, value in values(server, "delta-s3")) == list(range(90))
        assert bring(server, source, "delta-s3", environment=environment)["records"] == 0
        assert bring(server, source, "older", "--version", 1, environment=environment)["records"] == 60
        assert list(copies.iterdir()) == []


# --- another Kafka ---------------------------------------------------------------------------------------------------

def test_a_topic_of_another_kafka(server, kafka_python, tmp_path):
    with Pinflow(tmp_path / "data") as old:
        old.run("topics", "create", "events", "--partitions", "3")
        body = {"partition_id": 2, "key": {"type": "STRING", "data": "k"}, "value": {"type": "BINARY", "data": "AAH/"},
                "timestamp": "2024-05-06T07:08:09.010Z", "headers": [{"name": "h", "value": base64.b64encode(b"v").decode()}]}
        cluster = requests.get(f"{old.http}/v3/clusters", timeout=10).json()["data"][0]["cluster_id"]
        url = f"{old.http}/v3/clusters/{cluster}/topics/events/records"
        assert requests.post(url, json=body, timeout=10).json()["error_code"] == 200
        body |= {"value": {"type": "JSON", "data": None}, "headers": []}
        assert requests.post(url, json=body, timeout=10).json()["error_code"] == 200  # a tombstone
        for action, name in [("commit", "kept"), ("abort", "gone")]:
            subprocess.run([kafka_python, CLIENT, old.ready["kafka"], action, "events"], check=True, timeout=60,
                           input=json.dumps({"key": "t", "value": name}) + "\n", text=True, capture_output=True)
        source = f"kafka://{old.ready['kafka']}/events"
        report = bring(server, source, "from-kafka")
        assert report["records"] == 3, report
        theirs, ours = records(old, "events"), records(server, "from-kafka")
        kept = ("partition", "key", "value", "value_base64", "timestamp", "time", "headers")
        short = [{name: each[name] for name in kept if name in each} for each in theirs]
        assert [{name: each[name] for name in kept if name in each} for each in ours] == short
        assert len(short) == 3
        assert bring(server, source, "from-kafka")["records"] == 0
        follower = subprocess.Popen([BINARY, "import", source, "--into", "from-kafka", "--follow", "--kafka",
                                     server.ready["kafka"]], stdout=subprocess.PIPE, text=True)
        old.run("produce", "events", input="later\n")
        deadline = time.monotonic() + 30
        while len(records(server, "from-kafka")) < 4 and time.monotonic() < deadline:
            time.sleep(0.1)
        follower.send_signal(signal.SIGTERM)
        assert json.loads(follower.communicate(timeout=30)[0])["records"] == 1 and follower.returncode == 2
        assert "later" in [each.get("value") for each in records(server, "from-kafka")]


# --- what cannot work ------------------------------------------------------------------------------------------------

def test_what_is_wrong_is_said(server, tmp_path):
    def refused(source, topic, *arguments):
        result = bring(server, source, topic, *arguments, check=False)
        assert result.returncode == 1, result.stdout
        return result.stderr
    assert "is no folder" in refused(tmp_path / "absent", "t")
    (tmp_path / "empty").mkdir()
    assert "no objects of JSON lines" in refused(tmp_path / "empty", "t")
    assert "kafka://HOST:PORT" in refused("kafka://nowhere", "t")
    assert "has no topic absent" in refused(f"kafka://{server.ready['kafka']}/absent", "t")
    connector_folder(tmp_path / "a", "a", partitions=2, objects=1, lines=3)
    server.run("produce", "used-topic", input="{}\n")
    assert "has 1 partitions" in refused(tmp_path / "a", "used-topic")
    connector_folder(tmp_path / "b", "b", partitions=1, objects=1, lines=3)
    assert "--append" in refused(tmp_path / "b", "used-topic")
    assert bring(server, tmp_path / "b", "used-topic", "--append")["records"] == 3
    name = "topics/b/partition=0/b+0+0000000000.json"
    write(tmp_path / "b", name, ["other", "lines", "now", "longer"])
    assert "written anew" in refused(tmp_path / "b", "used-topic")
    connector_folder(tmp_path / "a", "c", partitions=1, objects=1, lines=1)
    assert "several topics (a and c)" in refused(tmp_path / "a", "t")
    write(tmp_path, "damaged/x.json.gz", ["no gzip"])
    assert "is no gzip" in refused(tmp_path / "damaged", "damaged")
    (tmp_path / "client.properties").write_text("no.such.setting=1\n")
    assert "no.such.setting" in refused(tmp_path / "a/topics/a", "t", "--kafka-config", tmp_path / "client.properties")
    nobody = subprocess.run([BINARY, "import", tmp_path / "b", "--into", "t", "--kafka", "127.0.0.1:1"],
                            capture_output=True, text=True, timeout=120)
    assert nobody.returncode == 1 and "no Kafka answers at 127.0.0.1:1: " in nobody.stderr and "--kafka" in nobody.stderr
    assert nobody.stderr.count("\n") == 1 and "Connection refused" in nobody.stderr, "and nothing else is said"
