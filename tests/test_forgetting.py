"""`pinflow delete`: rows that people want to be forgotten, through kills and a rebuild from the log."""
import json
import shutil
import threading
import time

import pytest

from harness import Rest

ROWS = [{"ind": i, "age": 30 + i} for i in range(100)]


def delete(server, *arguments, check=True):
    return server.run("delete", "clean.x_user", *arguments, check=check)


def inds(server):
    return {row["ind"] for row in server.sql('SELECT ind FROM clean."x_user"')}


def test_counts_deletes_and_survives_a_rebuild(binary, make_server):
    server = make_server()
    rest = Rest(server.http)
    rest.produce("x.user", ROWS + [{"ind": 42, "age": "what"}])
    server.drain()
    assert json.loads(delete(server, "--where", "ind IN (42, 43)", "--dry-run").stdout) == \
        {"rows": 2, "files": 1, "quarantined": 1, "unjudged": 0, "objects": {"objects": 0, "records": 0, "unjudged": 0}}
    assert len(inds(server)) == 100
    done = json.loads(delete(server, "--where", "ind IN (42, 43)").stdout)
    assert (done["done"], done["rows"], done["quarantined"]) == (True, 2, 1)
    assert inds(server) == set(range(100)) - {42, 43}
    assert server.value('SELECT count(*) FROM quarantine."x_user"') == 0
    rest.produce("x.user", [{"ind": 42, "age": 99}])
    server.drain()
    server.stop()
    for schema in ("clean", "quarantine"):
        shutil.rmtree(server.data / "lake" / schema / "x_user")
    server.start()
    server.drain()
    assert inds(server) == set(range(100)) - {43}, "who came again is new"
    assert server.value('SELECT age FROM clean."x_user" WHERE ind = 42') == 99
    assert server.value('SELECT count(*) FROM quarantine."x_user"') == 0


def test_mistakes_are_told(binary, make_server):
    server = make_server()
    Rest(server.http).produce("x.user", ROWS)
    server.drain()
    for where, reason in (("nosuch = 1", "nosuch"), ("ind", "not true or false"), ("ind = 1) OR (true", "not one expression"),
                          ("ind IN (FROM read_csv('/etc/passwd'))", "query of its own")):
        result = delete(server, "--where", where, check=False)
        assert result.returncode == 1 and reason in result.stderr, (where, result.stderr)
    result = server.run("delete", "clean.y_user", "--where", "ind = 1", check=False)
    assert result.returncode == 1 and "y_user" in result.stderr
    assert len(inds(server)) == 100 and not (server.data / "lake/forgotten.ndjson").exists()


def test_killed_while_it_forgets(binary, make_server):
    server = make_server()
    rest = Rest(server.http)
    for start in range(0, 2000, 50):
        rest.produce("x.user", [{"ind": start + i, "age": 1} for i in range(50)])
    server.drain()
    for round in range(4):
        asked = threading.Thread(target=lambda: delete(server, "--where", f"ind % 10 = {round}", check=False))
        asked.start()
        time.sleep(0.02 + 0.04 * round)
        server.kill()
        asked.join()
        server.start()
    server.drain()
    done = [json.loads(delete(server, "--where", f"ind % 10 = {round}").stdout)["done"] for round in range(4)]
    assert all(done)
    assert inds(server) == {i for i in range(2000) if i % 10 > 3}
    assert server.value('SELECT count(*) FROM clean."x_user"') == 1200


@pytest.mark.slow
def test_delta_rs_sees_what_is_left(binary, make_server):
    from deltalake import DeltaTable
    server = make_server()
    Rest(server.http).produce("x.user", ROWS)
    server.drain()
    delete(server, "--where", "ind < 90")
    table = DeltaTable(str(server.data / "lake/clean/x_user"))
    assert sorted(table.to_pyarrow_table()["ind"].to_pylist()) == list(range(90, 100))
    last = table.history(1)[0]
    assert last["operation"] == "DELETE" and "90" not in json.dumps(last["operationParameters"].get("predicate"))
