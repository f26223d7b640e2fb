"""Runs seeds one after the other; exit 1 and the folder of the run when something was found.

    python -m kafka_checker [--seconds 60] [--seed 1] [--seeds 1] [--folder DIR]
"""
import argparse
import collections
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from kafka_checker import checker, history  # noqa: E402
from kafka_checker.workload import Run  # noqa: E402

SHOWN = 5  # of each kind of anomaly


def summary(events):
    count = collections.Counter(event["f"] for event in events)
    polled = sum(len(event["rs"]) for event in events if event["f"] == "polled")
    return (f"{count['ack']} sends acked, {count['commit']} transactions committed, {count['abort']} aborted, "
            f"{polled} records polled, {count['committed']} offset commits, {count['fenced']} producers fenced"), count


def idle(count):
    """A run in which nothing happened finds nothing."""
    needed = {"ack": 100, "commit": 5, "abort": 1, "polled": 20, "committed": 5}
    return [f"idle: only {count[f]} events '{f}' in the history" for f, least in needed.items() if count[f] < least]


def once(folder, seed, seconds):
    """Whether nothing was found."""
    started = time.monotonic()
    run = Run(folder, seed, seconds)
    wrong = run.everything()
    events = history.read(folder)
    told, count = summary(events)
    found = collections.defaultdict(list)
    for anomaly in checker.anomalies(events):
        found[anomaly.kind].append(str(anomaly))
    wrong += idle(count)
    for each in found.values():
        wrong += each[:SHOWN] + ([f"… and {len(each) - SHOWN} more of these"] if len(each) > SHOWN else [])
    faults = ", ".join(f"{number} {name}" for name, number in sorted(run.counts.items()))
    print(f"seed {seed}: {time.monotonic() - started:.0f} s; {faults}; {told}: "
          + (f"ANOMALIES, see {folder}" if wrong else "no anomaly"), flush=True)
    print(*(f"    {each}" for each in wrong), sep="\n", end="\n" if wrong else "", flush=True)
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of faults, each seed")
    parser.add_argument("--seed", type=int, default=1, help="the first")
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--folder", help="where folders of runs are made; those in which nothing was found are removed")
    options = parser.parse_args()
    parent, good = pathlib.Path(options.folder or tempfile.mkdtemp(prefix="kafka-checker-")), True
    for seed in range(options.seed, options.seed + options.seeds):
        folder = parent / f"seed-{seed}"
        if once(folder, seed, options.seconds):
            shutil.rmtree(folder)
        else:
            good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
