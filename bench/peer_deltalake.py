"""The peer of table_feed, as people write it: reads JSON lines, cleans with pyarrow, appends to Delta with deltalake,
100,000 records a commit. Prints seconds and CPU seconds as JSON. peer_deltalake.py LINES TABLE"""
import json
import resource
import sys
import time

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from deltalake import write_deltalake

BATCH = 100_000
SCHEMA = pa.schema([("index", pa.int64()), ("downloaded", pa.int64()), *((name, pa.string()) for name in (
    "unique_id", "title", "description", "poster_name", "follower_count", "tag_list", "is_image_or_video", "image_src",
    "save_location", "category"))])
NOTHING = {"title": "No Title Data Available", "description": "No description available Story format",
           "poster_name": "User Info Error", "tag_list": "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e", "image_src": "Image src error."}


def clean(table):
    columns = {name: table[name] for name in table.column_names if name != "downloaded"}
    columns["ind"] = columns.pop("index")
    for name, value in NOTHING.items():
        columns[name] = pc.if_else(pc.equal(columns[name], value), None, columns[name])
    count = columns["follower_count"]
    factor = pc.if_else(pc.ends_with(count, "k"), 1000, pc.if_else(pc.ends_with(count, "M"), 1_000_000, 1))
    number = pc.if_else(pc.equal(count, "User Info Error"), None, pc.utf8_rtrim(count, "kM"))
    columns["follower_count"] = pc.multiply(pc.cast(number, pa.int64()), factor)
    columns["save_location"] = pc.replace_substring(columns["save_location"], "Local save in ", "")
    return pa.table(columns)


def write(lines, path):
    table = pj.read_json(pa.BufferReader(b"".join(lines)), parse_options=pj.ParseOptions(explicit_schema=SCHEMA))
    write_deltalake(path, clean(table), mode="append")
    return table.num_rows


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    before = cpu_seconds()  # imports are not part of it
    rows, lines, started = 0, [], time.monotonic()
    with open(sys.argv[1], "rb") as file:
        for line in file:
            lines.append(line)
            if len(lines) == BATCH:
                rows += write(lines, sys.argv[2])
                lines = []
    if lines:
        rows += write(lines, sys.argv[2])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"rows": rows, "seconds": time.monotonic() - started, "cpu": cpu_seconds() - before,
                      "memory": memory}))


if __name__ == "__main__":
    main()
