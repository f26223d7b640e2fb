#!/usr/bin/env python3
"""./dev bench NAME…: measures Pinflow, and its peer in the same run, and prints one line per figure.

A line says what was measured, the goal, and the ratio to the peer where there is one. Absolute figures move with the
machine; ratios and CPU seconds per unit are what to quote. The names are listed below; `all` runs every one.
"""
import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "bench")]
import http_door  # noqa: E402
import process  # noqa: E402
import tables  # noqa: E402

BENCHES = {bench.__name__: bench for bench in (
    process.cold_start, process.idle_memory, http_door.http_single, http_door.http_durable, http_door.http_bulk,
    tables.table_feed, tables.sustained, tables.freshness, tables.queries, tables.many_tables)}


def main():
    names = "\n".join(f"  {name:<14}{bench.__doc__.splitlines()[0]}" for name, bench in BENCHES.items())
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, epilog="names:\n" + names,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", metavar="NAME", choices=[*BENCHES, "all"])
    names = parser.parse_args().names
    for name in BENCHES if "all" in names else names:
        BENCHES[name]()


if __name__ == "__main__":
    main()
