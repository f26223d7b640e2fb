"""`pinflow rebuild`: changed rules applied to history, beside producers and through kills."""
import json
import threading
import time

import pytest

from harness import Rest

PIPELINE = """
name = "numbers"
[table.number]
clean = "number.sql"
sources = [{{ topic = "{{id}}.number", table = "{{id}}_number" }}]
input = {{ n = "bigint" }}
[[table.number.expect]]
rule = "most"
check = "n <= {most}"
message = "{{n}} is over {most}"
"""
EACH = ('SELECT count(*) || \' \' || count(DISTINCT _offset) || \' \' || max(_offset) FROM (SELECT _offset FROM '
        'clean_rows."a_number" UNION ALL SELECT _offset FROM quarantine."a_number")')


def write_rules(folder, most, columns):
    folder.mkdir(exist_ok=True)
    (folder / "number.sql").write_text(f"SELECT {columns} FROM input")
    (folder / "pipeline.toml").write_text(PIPELINE.format(most=most))


@pytest.fixture
def rules(tmp_path):
    write_rules(tmp_path / "p", 500, "n")
    return tmp_path / "p"


def rebuild(server, *arguments, check=True):
    result = server.run("rebuild", "clean.a_number", *arguments, check=check)
    return json.loads(result.stdout) if check else result


def reload(server, rules, most, columns):
    """Other rules, loaded by a restart."""
    write_rules(rules, most, columns)
    server.stop()
    server.start()


def produce(server, start, end):
    Rest(server.http).produce("a.number", [{"n": n} for n in range(start, end)])


def expect_each_once(server, count):
    assert server.value(EACH) == f"{count} {count} {count - 1}"


def test_history_by_other_rules(make_server, rules):
    server = make_server("--pipelines", str(rules))
    produce(server, 0, 1000)
    server.drain()
    reload(server, rules, 800, "n, n * 2 AS twice")
    tried = rebuild(server, "--dry-run")
    assert (tried["rows"], tried["quarantined"], tried["old_rows"], tried["old_quarantined"]) == (801, 199, 501, 499)
    assert server.value('SELECT count(*) FROM clean."a_number"') == 501
    done = rebuild(server)
    assert (done["state"], done["rows"], done["quarantined"]) == ("done", 801, 199)
    assert server.value('SELECT count(twice) FROM clean."a_number"') == 801
    assert server.value('SELECT count(*) FROM quarantine."a_number" WHERE message LIKE \'%over 800\'') == 199
    produce(server, 0, 10)
    server.drain()
    expect_each_once(server, 1010)
    assert server.value('SELECT count(*) FROM clean."a_number" VERSION AS OF 1') in (0, 501)


def test_what_the_log_lacks_is_said(make_server, rules):
    server = make_server("--pipelines", str(rules))
    produce(server, 0, 100)
    server.drain()
    server.run("topics", "purge", "a.number", "--yes")
    produce(server, 100, 150)
    server.drain()
    refused = rebuild(server, check=False)
    assert refused.returncode == 1 and "a.number-0 starts at offset 100" in refused.stderr and "--from" in refused.stderr
    reload(server, rules, 120, "n")
    start = refused.stderr.split("`--from ")[1].split(" ")[0].rstrip("`")
    assert rebuild(server, "--from", start)["records"] == 50
    expect_each_once(server, 150)
    assert server.value('SELECT count(*) FROM clean."a_number"') == 121
    for arguments, reason in ((("--from", "soon"), "is no time"), (("--cancel",), "no rebuild of a_number")):
        result = rebuild(server, *arguments, check=False)
        assert result.returncode == 1 and reason in result.stderr
    assert "pinflow tables" in server.run("rebuild", "clean.nosuch", check=False).stderr


def test_killed_while_it_rebuilds_and_producers_go_on(make_server, rules):
    server = make_server("--pipelines", str(rules))
    for start in range(0, 200_000, 20_000):
        produce(server, start, start + 20_000)
    server.drain()
    total = 200_000
    for round in range(6):
        most, columns = (150_000, "n, -n AS minus") if round % 2 == 0 else (100_000, "n, -n AS minus")
        reload(server, rules, most, columns)
        asked = threading.Thread(target=lambda: rebuild(server, check=False))
        asked.start()
        produce(server, 0, 50)
        total += 50
        time.sleep(0.15 + 0.1 * round)
        server.kill()
        asked.join()
        server.start()
        produce(server, 0, 50)
        total += 50
        done = rebuild(server)  # goes on, or is done once more
        assert done["state"] == "done", done
        server.drain()
        expect_each_once(server, total)
        assert server.value('SELECT count(*) FROM clean."a_number" WHERE minus IS NULL') == 0
        assert server.value('SELECT count(*) FROM clean."a_number" WHERE n > 50') == most - 50
        assert not (server.data / "lake/.rebuild/a_number.ndjson").exists()


@pytest.mark.slow
def test_delta_rs_reads_old_or_new(make_server, rules):
    from deltalake import DeltaTable
    server = make_server("--pipelines", str(rules))
    produce(server, 0, 1000)
    server.drain()
    reload(server, rules, 800, "n, n * 2 AS twice")
    rebuild(server)
    table = DeltaTable(str(server.data / "lake/clean/a_number"))
    rows = table.to_pyarrow_table()
    assert sorted(rows["n"].to_pylist()) == list(range(801)) and rows["twice"].null_count == 0
    last = table.history(1)[0]
    assert last["operation"] == "REBUILD"
    table.load_as_version(last["version"] - 1)
    assert table.to_pyarrow_table().num_rows == 501
    aside = DeltaTable(str(server.data / "lake/quarantine/a_number"))
    assert aside.to_pyarrow_table().num_rows == 199
