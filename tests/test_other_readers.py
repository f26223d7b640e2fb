"""Only with --all: other people's programs read what Pinflow wrote, row for row, and feed the emulator."""
import datetime
import json
import shutil
import socket
import subprocess
import time

import pytest

from harness import ROOT, Pinflow, command
from harness.others import dump_log_segments, need, spark_session

pytestmark = pytest.mark.slow
KINDS = ("pin", "geo", "user")


@pytest.fixture(scope="module")
def posted(binary, tmp_path_factory):
    server = Pinflow(tmp_path_factory.mktemp("readers") / "data").start()
    command("emulate", "--to", server.http, "--via", "rest", "--id", "x", "--as-fast-as-possible", timeout=300)
    server.drain()
    rows = {kind: server.sql(f'SELECT * FROM clean."x_{kind}" ORDER BY ind') for kind in KINDS}
    server.stop()
    assert [len(rows[kind]) for kind in KINDS] == [11_154] * 3
    return server.data, rows


def table(data, kind):
    return str(data / f"lake/clean/x_{kind}")


def plain(row):
    """A row as `pinflow sql` writes it in JSON."""
    written = {}
    for name, value in row.items():
        if isinstance(value, datetime.datetime):
            value = value.replace(tzinfo=None).isoformat() + "Z"
        written[name] = value
    return written


@pytest.mark.parametrize("kind", KINDS)
def test_delta_rs_reads_the_same_rows(posted, kind):
    from deltalake import DeltaTable
    data, rows = posted
    found = DeltaTable(table(data, kind)).to_pyarrow_table().select(list(rows[kind][0])).sort_by("ind").to_pylist()
    assert [plain(row) for row in found] == rows[kind]


def test_spark_reads_the_same_rows(posted):
    data, rows = posted
    spark = spark_session()
    written = "date_format({0}, \"yyyy-MM-dd'T'HH:mm:ss'Z'\") AS {0}"  # as `pinflow sql` writes a time in JSON
    try:
        for kind in KINDS:
            columns = [written.format(name) if name in ("timestamp", "date_joined") else name for name in rows[kind][0]]
            found = spark.read.format("delta").load(table(data, kind)).selectExpr(*columns).orderBy("ind").collect()
            assert [row.asDict() for row in found] == rows[kind]
    finally:
        spark.stop()


def test_a_change_data_feed_has_every_insert(make_server, tmp_path):
    import pyarrow
    from deltalake import DeltaTable
    folder = tmp_path / "fed"
    folder.mkdir()
    (folder / "n.sql").write_text("SELECT a FROM input")
    (folder / "pipeline.toml").write_text("""
name = "fed"
[table.n]
clean = "n.sql"
sources = [{ topic = "fed", table = "fed" }]
input = { a = "bigint" }
properties = { "delta.enableChangeDataFeed" = "true" }
""")
    server = make_server("--pipelines", folder)
    for a in range(3):
        server.run("produce", "fed", input=json.dumps({"a": a}) + "\n")
        server.drain()
    where = str(server.data / "lake/clean/fed")
    assert DeltaTable(where).protocol().min_writer_version == 4
    feed = pyarrow.table(DeltaTable(where).load_cdf(starting_version=0).read_all()).to_pydict()
    assert (sorted(feed["a"]), set(feed["_change_type"])) == ([0, 1, 2], {"insert"})
    spark = spark_session()
    try:
        read = spark.read.format("delta").option("readChangeFeed", "true").option("startingVersion", 0).load(where)
        assert sorted((row["a"], row["_change_type"]) for row in read.collect()) == [(a, "insert") for a in range(3)]
    finally:
        spark.stop()


def test_kafkas_dump_log_segments_accepts_every_batch(posted):
    data, rows = posted
    segments = ",".join(map(str, sorted((data / "log/x.pin-0").glob("*.log"))))
    dumped = dump_log_segments(segments, "--deep-iteration")
    assert dumped.count("isvalid: true") == dumped.count("baseOffset:") > 0 and "isvalid: false" not in dumped
    assert dumped.count("| offset:") == len(rows["pin"])


@pytest.fixture
def mariadb(tmp_path):
    """A MariaDB on a free port with the three tables of the sample's shape."""
    need("mariadb-install-db"), need("mariadb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = tmp_path / "mariadb"
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", "--user=root"]
    subprocess.run(install, check=True, capture_output=True)
    address = f"--socket={tmp_path}/m.sock"
    server = subprocess.Popen([shutil.which("mariadbd") or "/usr/sbin/mariadbd", "--no-defaults", f"--datadir={data}", address,
                               f"--port={port}", "--bind-address=127.0.0.1", "--user=root"], stderr=subprocess.DEVNULL)
    for _ in range(100):
        if subprocess.run(["mariadb", "--no-defaults", address, "-e", "SELECT 1"], capture_output=True).returncode == 0:
            break
        time.sleep(0.2)
    run_sql = lambda text: subprocess.run(["mariadb", "--no-defaults", address, "--default-character-set=utf8mb4"], input=text,
                                          text=True, check=True)
    run_sql("CREATE DATABASE pins CHARACTER SET utf8mb4; CREATE USER u@'127.0.0.1' IDENTIFIED BY 'p@ss'; "
            "GRANT ALL ON pins.* TO u@'127.0.0.1';" + mysql_tables())
    yield f"mysql://u:p%40ss@127.0.0.1:{port}/pins"
    server.terminate()
    server.wait(30)


def mysql_tables():
    types = {"index": "BIGINT", "ind": "BIGINT", "downloaded": "INT", "age": "INT", "latitude": "FLOAT", "longitude": "FLOAT",
             "timestamp": "DATETIME", "date_joined": "DATETIME"}
    text = "USE pins;\n"
    for name, kind in (("pinterest_data", "pin"), ("geolocation_data", "geo"), ("user_data", "user")):
        rows = [json.loads(line) for line in (ROOT / f"tests/data/{kind}.jsonl").read_text().splitlines()]
        text += f"CREATE TABLE {name} (" + ", ".join(f"`{c}` {types.get(c, 'TEXT')}" for c in rows[0]) + ");\n"
        for row in rows:
            quoted = ["'" + str(v).replace("\\", "\\\\").replace("'", "''") + "'" for v in row.values()]
            text += f"INSERT INTO {name} VALUES ({', '.join(quoted)});\n"
    return text


def test_emulate_from_mariadb(binary, mariadb, tmp_path):
    with Pinflow(tmp_path / "data") as server:
        command("emulate", "--to", server.http, "--id", "sql", "--source", mariadb, "--as-fast-as-possible", timeout=120)
        command("emulate", "--to", server.http, "--id", "file", "--source", ROOT / "tests/data", "--as-fast-as-possible")
        server.drain()
        for kind in ("pin", "geo", "user"):
            rows = {name: server.sql(f'SELECT * FROM clean."{name}_{kind}" ORDER BY ind') for name in ("sql", "file")}
            assert len(rows["sql"]) == 61 and rows["sql"] == rows["file"]
