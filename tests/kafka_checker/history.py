"""The history of a run: one file of JSON lines a process, so that a killed process leaves what it knew.

Every event has "t" (CLOCK_MONOTONIC, one clock for all processes), "p" (who) and "f" (what). An event with "?" at its
end is written before the client is called; the others after its answer. "k" is a partition, written "topic/number".

    producer    kind: plain | idempotent | tx, id: its transactional id
    init? init  of a transactional producer
    send        k, v; tx: the transaction it is in; src: [k, o] of the record it was made from
    unsent      v: the library did not take it;  ack: k, v, o (or null);  nack: v, error
    commit? commit abort? abort     tx; commit? has group and ks where offsets are committed with it
    fatal       error: the producer is of no use any more
    consumer    level: committed | uncommitted, group
    assigned    ks: {k: first offset, or null if unknown};  revoked: ks
    polled      rs: [[k, o, v], …]
    offsets     committed offsets that were read: group, ks, t0: when it was asked;  committed: the same, written
    end         k, o, t0: the end of a partition as it was told
    final       level, k, rs: the partition as it reads when all is over;  open: the same while transactions are open
    lost        error: the reader has lost its place
    error       anything else a client was told: counted, not judged
"""
import json
import os
import pathlib
import time


class Journal:
    def __init__(self, folder, name):
        self.name = name
        self.file = os.open(pathlib.Path(folder) / f"{name}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def __call__(self, f, **fields):
        event = {"t": time.monotonic(), "p": self.name, "f": f, **fields}
        os.write(self.file, json.dumps(event, separators=(",", ":")).encode() + b"\n")


def read(folder):
    """All events of all processes in order of time."""
    events = []
    for path in sorted(pathlib.Path(folder).glob("*.jsonl")):
        lines = path.read_bytes().split(b"\n")
        events += [json.loads(line) for line in lines[:-1]]  # what stands behind the last newline was cut by a kill
    return sorted(events, key=lambda event: event["t"])
