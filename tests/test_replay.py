"""`pinflow replay` and `pinflow tables purge`."""
import json
import time

import pytest

from harness import Rest
from test_rebuild import expect_each_once, produce, reload, rules, write_rules  # noqa: F401

SIZES = ('SELECT (SELECT count(*) FROM clean."a_number") || \' \' || (SELECT count(*) FROM quarantine."a_number")')


def replay(server, *arguments, check=True):
    result = server.run("replay", "clean.a_number", *arguments, check=check)
    return json.loads(result.stdout) if check else result


def test_quarantined_records_pass_by_other_rules(make_server, rules, tmp_path):  # noqa: F811
    server = make_server("--pipelines", str(rules))
    produce(server, 0, 1000)
    Rest(server.http).produce("a.number", [{"n": "many"}, {"n": "few"}])
    server.drain()
    server.run("topics", "purge", "a.number", "--yes")
    reload(server, rules, 800, "n")
    tried = replay(server, "--dry-run")
    assert (tried["records"], tried["passed"]) == (501, 300)
    assert server.value(SIZES) == "501 501"
    assert replay(server, "--where", "_offset < 600")["passed"] == 99
    assert server.value(SIZES) == "600 402"
    corrections = tmp_path / "corrections.jsonl"
    corrections.write_text('{"topic":"a.number","partition":0,"offset":1000,"value":{"n":7}}\n\n'
                           '{"topic":"a.number","partition":0,"offset":1001,"value":"{\\"n\\": 8}"}\n')
    done = replay(server, "--corrections", corrections)
    assert (done["records"], done["passed"], done["still_quarantined"]) == (2, 2, 0)
    assert replay(server)["passed"] == 201
    assert server.value(SIZES) == "803 199"
    expect_each_once(server, 1002)
    refused = replay(server, "--corrections", corrections, check=False)
    assert refused.returncode == 1 and "no such record is in the quarantine" in refused.stderr
    refused = replay(server, "--where", "nosuch", check=False)
    assert refused.returncode == 1 and "nosuch" in refused.stderr and refused.stdout == ""
    offset = server.value("SELECT max(_offset) FROM quarantine.a_number")
    corrections.write_text(json.dumps({"topic": "a.number", "partition": 0, "offset": offset, "value": {"n": "so many"}}))
    again = replay(server, "--corrections", corrections, check=False)
    assert json.loads(again.stdout)["still_quarantined"] == 1 and again.returncode == 0
    assert f"a.number-0 at offset {offset} fails again, by rule type: " in again.stderr and "so many" in again.stderr


def test_killed_while_it_replays(make_server, rules):  # noqa: F811
    import threading
    server = make_server("--pipelines", str(rules))
    for start in range(0, 60_000, 20_000):
        produce(server, start, start + 20_000)
    server.drain()
    total = 60_000
    for round in range(5):
        reload(server, rules, 10_000 * (round + 1), "n")
        asked = threading.Thread(target=lambda: replay(server, check=False))
        asked.start()
        produce(server, 0, 50)
        total += 50
        time.sleep(0.1 + 0.08 * round)
        server.kill()
        asked.join()
        server.start()
        server.drain()
        expect_each_once(server, total)
        replay(server)
        expect_each_once(server, total)
        assert server.value('SELECT count(*) FROM clean."a_number" WHERE n >= 50') == 10_000 * (round + 1) - 49


def test_purge_of_a_table(make_server, rules):  # noqa: F811
    server = make_server("--pipelines", str(rules))
    produce(server, 0, 1000)
    server.drain()
    purged = json.loads(server.run("tables", "purge", "clean.a_number", "--yes").stdout)
    assert purged == {"rows": 501, "quarantined": 499}
    server.kill()
    server.start()
    produce(server, 0, 10)
    server.drain()
    assert server.value(SIZES) == "10 0"
    out = server.run("tables", "purge", "clean.a_number", "--yes", "--reread").stdout.splitlines()
    assert json.loads(out[1])["state"] == "done"
    assert server.value(SIZES) == "511 499"
    expect_each_once(server, 1010)
    assert server.run("tables", "purge", "clean.nosuch", "--yes", check=False).returncode == 1


@pytest.mark.slow
def test_delta_rs_reads_what_was_replayed(make_server, rules):  # noqa: F811
    from deltalake import DeltaTable
    server = make_server("--pipelines", str(rules))
    produce(server, 0, 1000)
    server.drain()
    reload(server, rules, 800, "n")
    replay(server)
    clean, aside = (DeltaTable(str(server.data / "lake" / schema / "a_number")) for schema in ("clean", "quarantine"))
    assert sorted(clean.to_pyarrow_table()["n"].to_pylist()) == list(range(801))
    assert aside.to_pyarrow_table().num_rows == 199
    assert clean.history(1)[0]["operation"] == aside.history(1)[0]["operation"] == "REPLAY"
