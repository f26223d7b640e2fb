"""The commands of the contract, against a running Pinflow and offline."""
import json
import signal
import subprocess
import time

import pytest

from harness import BINARY, CommandFailed, Rest, command

GEO = {"ind": 1, "timestamp": "2020-08-28 03:52:47", "latitude": 1.5, "longitude": 2.5, "country": "Chad"}
QUERIES = ["category_by_country", "category_by_year", "top_poster_by_country", "top_country", "category_by_age_group",
           "followers_by_age_group", "users_joined_by_year", "followers_by_join_year",
           "followers_by_join_year_and_age_group"]


def test_every_command_has_help_with_an_example(binary):
    for name in ("up", "sql", "query", "tables", "drain", "topics", "produce", "tail", "check", "emulate"):
        assert "xample" in command(name, "--help").stdout, name


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
    tables = {row["name"]: row for row in json.loads(server.run("tables", "--format", "json").stdout)}
    row = next(row for name, row in tables.items() if "tabled_geo" in name and "quarantine" not in name)
    assert row["rows"] == 1
    for name in QUERIES:
        for source in ("batch", "stream"):
            server.run("query", name, "--param", "id=tabled", "--param", f"from={source}")
    with pytest.raises(CommandFailed) as failure:
        server.run("query", "no_such_query")
    assert "category_by_country" in failure.value.stderr


def test_offline_answers_are_the_same(make_server):
    pinflow = make_server()
    rest = Rest(pinflow.http)
    rest.produce("off.geo", [{**GEO, "ind": i} for i in range(100)])
    rest.close()
    pinflow.drain()
    statement = 'SELECT count(*) AS n, sum(ind) AS s FROM clean."off_geo"'
    live = pinflow.sql(statement)
    by_folder = command("sql", "--data", pinflow.data, "--format", "ndjson", statement).stdout
    assert json.loads(by_folder) == live[0]
    pinflow.stop()
    assert json.loads(command("sql", "--data", pinflow.data, "--format", "ndjson", statement).stdout) == live[0]
    raw = command("sql", "--data", pinflow.data, "--format", "csv", 'SELECT count(*) FROM raw."off.geo"').stdout
    assert raw.split()[-1] == "100"
    command("query", "category_by_country", "--data", pinflow.data, "--param", "id=off")
    assert "off_geo" in command("tables", "--data", pinflow.data).stdout


def test_the_only_id_is_the_default(make_server):
    pinflow = make_server()
    Rest(pinflow.http).produce("one.geo", [GEO])
    pinflow.drain()
    pinflow.run("query", "users_joined_by_year")
    Rest(pinflow.http).produce("two.geo", [GEO])
    pinflow.drain()
    with pytest.raises(CommandFailed) as failure:
        pinflow.run("query", "users_joined_by_year")
    assert "one" in failure.value.stderr and "two" in failure.value.stderr


def test_emulate_posts_the_original_draws(server):
    summary = command("emulate", "--to", server.http + "/dev", "--via", "both", "--id", "drawn", "--rows", "5",
                      "--rate", "100/s", "--format", "json")
    assert json.loads(summary.stdout)
    server.drain()
    draws = [7528, 2863, 5730, 8304, 8731]
    assert [r["ind"] for r in server.sql('SELECT ind FROM clean."drawn_pin" ORDER BY _offset')] == draws
    assert sorted(r["ind"] for r in server.sql('SELECT ind FROM clean."drawn_pin_table"')) == sorted(draws)


def test_emulate_says_when_nobody_answers(binary):
    result = command("emulate", "--to", "http://127.0.0.1:9", "--rows", "1", "--as-fast-as-possible", check=False, timeout=120)
    assert result.returncode != 0 and (result.stderr + result.stdout).strip()


def test_commands_say_what_to_do_when_nothing_runs(binary, tmp_path):
    result = command("sql", "--url", "http://127.0.0.1:9", "SELECT 1", check=False)
    assert result.returncode != 0 and "127.0.0.1:9" in result.stderr
    result = command("sql", "--data", tmp_path / "nothing", "SELECT 1", check=False)
    assert result.returncode != 0 and "nothing" in result.stderr
