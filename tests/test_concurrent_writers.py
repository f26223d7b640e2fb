"""Only with --all: delta-rs writes into a clean table while Pinflow does: appends, deletes, compacts, and adds columns."""
import threading
import time

import pytest

from harness import Rest

pytestmark = pytest.mark.slow

COUNT = 100
THEIRS = 10


def their_rows(table, first):
    import pyarrow
    columns = {field.name: pyarrow.nulls(2, field.type) for field in pyarrow.schema(table.schema().to_arrow())}
    return pyarrow.table({**columns, "ind": pyarrow.array([first, first + 1], pyarrow.int64()),
                          "age": pyarrow.array([-1, -2], pyarrow.int64())})


def test_delta_rs_beside_us(binary, make_server):
    from deltalake import DeltaTable, write_deltalake
    from deltalake.exceptions import CommitFailedError, DeltaError
    server = make_server()
    rest = Rest(server.http)
    rest.produce("x.user", [{"ind": 0, "age": 1}])
    server.drain()
    folder = str(server.data / "lake/clean/x_user")
    stop = threading.Event()
    failures = []

    def produce():
        try:
            for ind in range(1, COUNT):
                rest.produce("x.user", [{"ind": ind, "age": 1}])
                time.sleep(0.01)
        except Exception as failure:
            failures.append(failure)
        stop.set()

    producer = threading.Thread(target=produce)
    producer.start()
    written = 0
    while not stop.is_set() or written < THEIRS:
        table = DeltaTable(folder)
        write_deltalake(folder, their_rows(table, 10_000 + 2 * written), mode="append")
        written += 1
        try:
            if written % 5 == 2:
                DeltaTable(folder).optimize.compact()
            if written % 5 == 4:
                DeltaTable(folder).delete("age = -2")
        except (CommitFailedError, DeltaError) as failure:  # ours were faster: that is theirs to try again
            assert "conflict" in str(failure).lower() or "concurrent" in str(failure).lower(), failure
        time.sleep(0.05)
    producer.join()
    assert failures == []
    server.drain()
    DeltaTable(folder).delete("age = -2")
    rows = server.sql('SELECT ind, count(*) AS times FROM clean."x_user" GROUP BY ind')
    assert {row["ind"] for row in rows if row["times"] != 1} == set()
    inds = {row["ind"] for row in rows}
    assert {ind for ind in inds if ind < COUNT} == set(range(COUNT)), "ours, each once"
    assert {ind for ind in inds if ind >= COUNT} == {10_000 + 2 * i for i in range(written)}, "theirs"
    assert sorted(DeltaTable(folder).to_pyarrow_table()["ind"].to_pylist()) == sorted(inds)


def test_a_constraint_of_others_stops_the_table_by_name(binary, make_server):
    from deltalake import DeltaTable
    server = make_server()
    rest = Rest(server.http)
    rest.produce("x.user", [{"ind": 1, "age": 1}])
    server.drain()
    DeltaTable(str(server.data / "lake/clean/x_user")).alter.add_constraint({"young": "age < 100"})
    rest.produce("x.user", [{"ind": 2, "age": 2}])
    result = server.run("drain", "--timeout", "5s", check=False)
    assert result.returncode == 2 and "constraint 'young' (age < 100)" in result.stderr, result.stderr
    assert server.value('SELECT count(*) FROM clean."x_user"') == 1
