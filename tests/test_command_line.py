"""The commands of the contract, against a running Pinflow and offline."""
import json
import signal
import subprocess
import time

import pytest
import requests

from harness import BINARY, CommandFailed, Rest, Streams, command

GEO = {"ind": 1, "timestamp": "2020-08-28 03:52:47", "latitude": 1.5, "longitude": 2.5, "country": "Chad"}
USER = {"ind": 1, "first_name": "A", "last_name": "B", "age": 20, "date_joined": "2015-10-24 11:23:51"}
QUERIES = ["category_by_country", "category_by_year", "top_poster_by_country", "top_country", "category_by_age_group",
           "followers_by_age_group", "users_joined_by_year", "followers_by_join_year",
           "followers_by_join_year_and_age_group"]


def test_every_command_has_help_with_an_example(binary):
    for name in ("up", "sql", "query", "tables", "drain", "topics", "produce", "tail", "check", "emulate", "certs", "connectors",
                 "users", "gateway", "objects"):
        assert "xample" in command(name, "--help").stdout, name
    for name in ("list", "describe", "create", "purge", "delete"):
        assert "xample" in command("topics", name, "--help").stdout, name
    for name in ("list", "add", "password", "remove", "add-key", "remove-key"):
        assert "xample" in command("users", name, "--help").stdout, name
    for name in ("ls", "get", "put", "rm"):
        assert "xample" in command("objects", name, "--help").stdout, name
    assert command("--version").stdout.startswith("pinflow ")
    assert command("no_such_command", check=False).returncode == 2


def test_ready_line_and_health(server):
    assert server.ready["event"] == "ready" and server.ready["pid"] == server.process.pid
    assert set(server.ready) >= {"event", "pid", "data", "http", "console"}
    health = Rest(server.console).request("GET", "/health")
    assert health[0] == 200
    assert b"pinflow_" in Rest(server.console).request("GET", "/metrics")[2]


def test_produce_tail_and_topics(server):
    server.run("produce", "lines", input='{"a":1}\n{"a":2}\nnot json\n')
    tailed = [json.loads(line) for line in server.run("tail", "lines", "--last", "2", "--count", "2").stdout.splitlines()]
    assert [record["offset"] for record in tailed] == [1, 2]
    assert server.value('SELECT value FROM raw."lines" WHERE "offset" = 2') == "not json"
    listed = json.loads(server.run("topics", "list", "--format", "json").stdout)
    assert any(topic.get("topic", topic.get("name")) == "lines" for topic in listed)
    assert "lines" in server.run("topics", "describe", "lines").stdout
    server.run("topics", "delete", "lines", "--yes")
    with pytest.raises(CommandFailed) as failure:
        server.run("topics", "describe", "lines")
    assert "lines" in failure.value.stderr


def test_sql_formats(server):
    statement = "SELECT 1 AS a, 'x,\"y' AS b, NULL AS c, TIMESTAMPTZ '2020-08-28 03:52:47.25+00' AS t, [1.5] AS l"
    assert json.loads(server.run("sql", "--format", "json", statement).stdout) == [
        {"a": 1, "b": 'x,"y', "c": None, "t": "2020-08-28T03:52:47.25Z", "l": [1.5]}]
    lines = server.run("sql", "--format", "csv", statement).stdout.splitlines()
    assert lines[0] == "a,b,c,t,l" and '"x,""y"' in lines[1]
    assert "x,\"y" in server.run("sql", statement).stdout


@pytest.mark.parametrize("statement", ["DROP TABLE x", "CREATE TABLE x AS SELECT 1", "COPY (SELECT 1) TO '/tmp/x.csv'",
                                       "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM clean.\"nothing\"",
                                       "SELEC 1", "", "SELECT 1; DROP TABLE x", "SET memory_limit='100GB'",
                                       "ATTACH '/tmp/x.db'", "INSTALL httpfs", "SELECT * FROM '/etc/passwd'"])
def test_sql_refuses_all_but_selects_on_its_schemas(server, statement):
    with pytest.raises(CommandFailed) as failure:
        server.run("sql", statement)
    assert failure.value.stderr.strip()


def test_ctrl_c_cancels_a_query(server):
    started = time.monotonic()
    process = subprocess.Popen([BINARY, "sql", "--url", server.console,
                                "SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range + b.range = 7"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) != 0
    assert time.monotonic() - started < 10
    time.sleep(1)
    before = server.cpu_seconds()
    time.sleep(1)
    assert server.cpu_seconds() - before < 0.5, "the server still works on the cancelled query"


def test_tables_and_queries(server):
    Rest(server.http).produce("tabled.geo", [GEO])
    server.drain()
    listed = json.loads(server.run("tables", "--format", "json").stdout)
    tables = {(row["schema"], row["name"]): row for row in listed}
    row = tables["clean", "tabled_geo"]
    assert (row["state"], row["message"]) == ("running", None)
    assert (row["rows"], row["files"], row["lag"]) == (1, 1, 0) and row["version"] >= 1 and row["bytes"] > 0
    assert row["path"].endswith("/lake/clean/tabled_geo") and row["newest_event"].startswith("20")
    assert tables["quarantine", "tabled_geo"]["rows"] == 0 and tables["quarantine", "tabled_geo"]["newest_event"] is None
    with pytest.raises(CommandFailed) as failure:
        server.run("query", "category_by_country", "--param", "id=tabled")
    assert "pin" in failure.value.stderr and "tabled" in failure.value.stderr, "names the table that is not there yet"
    for kind in ("pin", "user"):
        Rest(server.http).produce(f"tabled.{kind}", [{"ind": 1}])
    for kind in ("pin", "geo", "user"):
        Streams(server.http).put(f"streaming-tabled-{kind}", {"ind": 1})
    server.drain()
    for name in QUERIES:
        for source in ("batch", "stream"):
            server.run("query", name, "--param", "id=tabled", "--param", f"from={source}")
    with pytest.raises(CommandFailed) as failure:
        server.run("query", "no_such_query")
    assert "category_by_country" in failure.value.stderr


def test_a_table_that_does_not_run_says_why(make_server):
    server = make_server()
    Rest(server.http).produce("halted.geo", [GEO])
    server.drain()
    server.stop()
    log = server.data / "lake/clean/halted_geo/_delta_log"
    version = max(int(path.stem) for path in log.glob("*.json") if path.stem.isdigit())
    features = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["variantType"],
                "writerFeatures": ["variantType"]}
    (log / f"{version + 1:020}.json").write_text(json.dumps({"protocol": features}) + "\n")
    server.start()
    assert server.run("drain", check=False).returncode == 2
    row = next(row for row in json.loads(server.run("tables", "--format", "json").stdout) if row["schema"] == "clean")
    assert (row["state"], row["version"], row["lag"]) == ("stopped", None, None) and "variantType" in row["message"]
    lines = server.run("tables").stdout.splitlines()
    assert lines[1].split()[-2:] == ["?", "null"] and "running" not in lines[1]
    assert lines[-1].startswith("clean.halted_geo is stopped: ") and "variantType" in lines[-1]
    assert "pinflow_table_failing 1" in requests.get(server.console + "/metrics", timeout=10).text


def contents(folder):
    """Every file with its bytes and time: what must not change when a folder is only read."""
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_offline_answers_are_the_same_and_change_nothing(make_server, end):
    pinflow = make_server()
    for kind in ("geo", "pin"):
        Rest(pinflow.http).produce(f"off.{kind}", [{**GEO, "ind": i, "category": "art"} for i in range(100)])
    pinflow.run("topics", "create", "empty", "--partitions", "2", "--config", "retention.ms=1000000")
    pinflow.drain()
    asked = [("sql", "--format", "ndjson", 'SELECT count(*) AS n, sum(ind) AS s FROM clean."off_geo"'),
             ("sql", "--format", "ndjson", 'SELECT * FROM raw."off.geo" WHERE "offset" >= 98'),
             ("query", "category_by_country", "--param", "id=off", "--format", "csv"),
             ("topics", "list"), ("topics", "describe", "empty"), ("tail", "off.geo", "--last", "3"),
             ("tail", "off.geo", "--last", "-1", "--count", "2")]
    live = [pinflow.run(*words).stdout for words in asked]
    by_folder = [command(*words, "--data", pinflow.data).stdout for words in asked]
    assert by_folder == live
    pinflow.stop() if end == "stop" else pinflow.kill()
    before = contents(pinflow.data)
    assert [command(*words, "--data", pinflow.data).stdout for words in asked] == live
    assert "off_geo" in command("tables", "--data", pinflow.data).stdout
    assert contents(pinflow.data) == before
    for words in (("topics", "purge", "off.geo", "--yes"), ("produce", "off.geo"), ("drain",), ("tail", "off.geo", "-f")):
        failed = command(*words, "--data", pinflow.data, check=False)
        assert failed.returncode == 1 and "pinflow up --data" in failed.stderr, words


def test_ctrl_c_cancels_an_offline_query(make_server):
    pinflow = make_server()
    pinflow.stop()
    process = subprocess.Popen([BINARY, "sql", "--data", pinflow.data,
                                "SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range + b.range = 7"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1)
    refused = command("up", "--data", pinflow.data, "--http", "127.0.0.1:0", "--console", "127.0.0.1:0", check=False)
    assert refused.returncode == 1 and "being read" in refused.stderr
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130


def test_the_only_id_is_the_default(make_server):
    pinflow = make_server()
    Rest(pinflow.http).produce("one.user", [USER])
    pinflow.drain()
    answer = pinflow.run("query", "users_joined_by_year", "--format", "csv").stdout
    assert answer.split() == ["post_year,number_users_joined", "2015,1"]
    Rest(pinflow.http).produce("two.user", [USER])
    pinflow.drain()
    with pytest.raises(CommandFailed) as failure:
        pinflow.run("query", "users_joined_by_year")
    assert "one" in failure.value.stderr and "two" in failure.value.stderr


def test_every_door_is_named(make_server):
    assert {"kafka", "http", "connect", "console"} <= set(make_server().ready)


def test_a_settings_file_and_its_mistakes(make_server, tmp_path):
    settings = tmp_path / "pinflow.toml"
    settings.write_text("[topics]\nmax.message.bytes = 1234\n[http]\naccess_log = \"-\"\n[kafka]\nnum_partitions = 3\n")
    pinflow = make_server("--config", settings)
    status, _, answer = Rest(pinflow.http).request(
        "POST", "/topics/t", json.dumps({"records": [{"value": "x" * 2000}]}),
        {"Content-Type": "application/vnd.kafka.json.v2+json"})
    assert "1234" in answer.decode()
    _, _, answer = Rest(pinflow.http).request("GET", "/topics/t/partitions")
    assert len(json.loads(answer)) == 3
    pinflow.stop()  # the access log is written about once a second, and at the end
    assert "POST /topics/t" in pinflow.log_tail()
    settings.write_text("[kafka]\nnum_partitions = 0\n")
    with pytest.raises(AssertionError, match="toml:2: kafka.num_partitions must be a whole number from 1 to 2147483647"):
        pinflow.start()
    settings.write_text("[http]\nnonsense = 1\n")
    with pytest.raises(AssertionError) as failure:
        pinflow.start()
    assert "pinflow.toml:2" in str(failure.value) and "nonsense" in str(failure.value) and "access_log" in str(failure.value)


def test_emulate_posts_the_original_draws(server):
    summary = command("emulate", "--to", server.http + "/dev", "--via", "both", "--id", "drawn", "--rows", "5",
                      "--rate", "100/s", "--format", "json")
    assert json.loads(summary.stdout)
    server.drain()
    draws = [7528, 2863, 5730, 8304, 8731]
    # With a rate several posts are under way at once, so that their order is nobody's.
    assert sorted(r["ind"] for r in server.sql('SELECT ind FROM clean_rows."drawn_pin"')) == sorted(draws)
    assert sorted(r["ind"] for r in server.sql('SELECT ind FROM clean."drawn_pin_table"')) == sorted(draws)


def test_emulate_says_when_nobody_answers(binary):
    result = command("emulate", "--to", "http://127.0.0.1:9", "--rows", "1", "--as-fast-as-possible",
                     "--attempts", "3", check=False)
    assert result.returncode != 0 and (result.stderr + result.stdout).strip()


@pytest.mark.parametrize("words, said", [
    (["quer"], "no command quer: did you mean query?"), (["topics", "delet", "x"], "did you mean delete?"),
    (["--versoin"], "no option --versoin"), (["explore"], "no command explore"),
    (["purge", "t"], "pinflow tables purge TABLE"), (["vacuum"], "docs/delta.md"), (["compact"], "docs/delta.md"),
    (["lineage"], "clean_rows"), (["topics", "purg", "x"], "did you mean purge?")])
def test_a_mistyped_command_is_named(binary, words, said):
    result = command(*words, check=False)
    assert result.returncode == 2 and said in result.stderr


def test_a_table_that_is_not_there_is_told_with_a_near_one(server):
    Rest(server.http).produce("near.pin", [{"index": 1}])
    server.run("drain")
    for schema in ("clean", "clean_rows", "newest"):
        result = server.run("sql", f'SELECT * FROM {schema}."near_pinn"', check=False)
        assert f'did you mean {schema}."near_pin"?' in result.stderr


def test_small_words(server):
    assert "1 record is in single" in server.run("produce", "single", input="{}\n").stderr
    assert "2 records are in single" in server.run("produce", "single", input="{}\n{}\n").stderr
    empty = server.run("delete", "clean.single", "--where", " ", check=False)
    assert empty.returncode == 1 and "--where is empty" in empty.stderr and "tables purge" in empty.stderr
    server.run("topics", "create", "nothing-yet")
    assert "nothing-yet has no records yet" in server.run("infer", "nothing-yet", check=False).stderr


def test_commands_say_what_to_do_when_nothing_runs(binary, tmp_path):
    result = command("sql", "--url", "http://127.0.0.1:9", "SELECT 1", check=False)
    assert result.returncode != 0 and "127.0.0.1:9" in result.stderr
    result = command("sql", "--data", tmp_path / "nothing", "SELECT 1", check=False)
    assert result.returncode != 0 and "nothing" in result.stderr
