"""A table's history, cleaned anew."""
import json
import time

from common import drain, folder, reduced, size
from harness import Pinflow
from report import Figure
from tables import Memory, fill_log

RECORDS = size("REBUILT", 100_000_000)
SUMS = 'SELECT count(*) AS rows, sum(hash(ind, country, _offset)) AS sum FROM clean_rows."old_geo"'


def measured(server, work):
    """(seconds, CPU seconds, most memory MiB)"""
    memory, started, cpu = Memory(server), time.monotonic(), server.cpu_seconds()
    work()
    return time.monotonic() - started, server.cpu_seconds() - cpu, memory.stop()


def rebuild():
    """`pinflow rebuild` of 100 M records from the log, beside the way they took into the table first"""
    with folder() as path:
        fill_log(path, "old.geo", "geo", RECORDS)
        with Pinflow(path / "data") as server:
            first = measured(server, lambda: drain(server))
            before, said = server.sql(SUMS), []
            again = measured(server, lambda: said.append(server.run("rebuild", "clean.old_geo", timeout=3600).stdout))
            assert server.sql(SUMS) == before and before[0]["rows"] == RECORDS, before
            done = json.loads(said[0].splitlines()[-1])
            assert done["records"] == RECORDS, done
    rate, was = RECORDS / again[0], RECORDS / first[0]
    note = f"CPU {again[1] / RECORDS * 1e6:.2f} s per million, {first[1] / RECORDS * 1e6:.2f} on the first way " \
           f"{reduced('REBUILT', 100_000_000)}"
    yield Figure("rebuild of a table: rate", "that of the way from the log into the table", f"{rate:,.0f} records/s", rate / was,
                 f"{was:,.0f} records/s on the first way", f"{again[1] / RECORDS * 1e6:.2f} s per million", note)
    yield Figure("rebuild of a table: memory", "1 GiB", f"{again[2]} MiB", 1024 / again[2], f"{first[2]} MiB on the first way",
                 "", reduced("REBUILT", 100_000_000))
