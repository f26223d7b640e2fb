"""Only with --all: other people's programs read what Pinflow wrote, row for row."""
import json
import shutil
import socket
import subprocess
import time

import pytest

from harness import ROOT, Pinflow, command

pytestmark = pytest.mark.slow
COLUMNS = "ind, unique_id, title, description, follower_count, poster_name, tag_list, is_image_or_video, image_src, save_location, category"


@pytest.fixture(scope="module")
def posted(binary, tmp_path_factory):
    server = Pinflow(tmp_path_factory.mktemp("readers") / "data").start()
    command("emulate", "--to", server.http, "--via", "rest", "--id", "x", "--as-fast-as-possible", timeout=300)
    server.drain()
    rows = server.sql(f'SELECT {COLUMNS} FROM clean."x_pin" ORDER BY ind')
    server.stop()
    assert len(rows) == 11_154
    return server.data, rows


def table(data):
    return str(next(path for path in (data / "lake/clean").iterdir() if path.name == "x_pin"))


def test_delta_rs_reads_the_same_rows(posted):
    deltalake = pytest.importorskip("deltalake")
    data, rows = posted
    found = deltalake.DeltaTable(table(data)).to_pyarrow_table().select(COLUMNS.split(", ")).sort_by("ind").to_pylist()
    assert found == rows


def test_spark_reads_the_same_rows(posted, tmp_path):
    from pyspark.sql import SparkSession
    data, rows = posted
    jars = tmp_path / "jars"
    for artifact in ("io.delta:delta-spark_2.12:3.3.2", "io.delta:delta-storage:3.3.2"):
        subprocess.run(["mvn", "-q", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={jars}"], check=True,
                       cwd=tmp_path)
    spark = (SparkSession.builder.master("local[2]").config("spark.jars", ",".join(map(str, jars.glob("*.jar"))))
             .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
             .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
             .config("spark.sql.session.timeZone", "UTC").config("spark.ui.enabled", "false").getOrCreate())
    try:
        found = spark.read.format("delta").load(table(data)).selectExpr(*COLUMNS.split(", ")).orderBy("ind").collect()
        assert [row.asDict() for row in found] == rows
    finally:
        spark.stop()


def test_kafkas_dump_log_segments_accepts_every_batch(posted, tmp_path):
    data, rows = posted
    pom = tmp_path / "pom.xml"
    pom.write_text("""<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId>
<version>1</version><dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
<version>3.9.1</version></dependency></dependencies></project>""")
    subprocess.run(["mvn", "-q", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={tmp_path}/jars"], check=True)
    segments = ",".join(map(str, sorted((data / "log/x.pin-0").glob("*.log"))))
    dumped = subprocess.run(["java", "-cp", f"{tmp_path}/jars/*", "kafka.tools.DumpLogSegments", "--files", segments,
                             "--deep-iteration"], capture_output=True, text=True, check=True).stdout
    assert dumped.count("isvalid: true") == dumped.count("baseOffset:") > 0 and "isvalid: false" not in dumped
    assert dumped.count("| offset:") == len(rows)


@pytest.fixture
def mariadb(tmp_path):
    """A MariaDB on a free port with the three tables of the sample's shape."""
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
