"""What a benchmark says: one printed block per figure, and a table of all of a run in build/bench/."""
import dataclasses
import datetime
import json
import os
import pathlib
import platform
import resource
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass
class Figure:
    what: str
    goal: str
    value: str
    reached: float | None = None  # part of the goal that is reached: 1 or more is all of it; None: there is no goal
    peer: str = ""                # the ratio to what ran beside it
    cpu: str = ""                 # CPU seconds of the server per unit of work: the steadiest figure
    note: str = ""
    bench: str = ""
    beside: str = ""

    def verdict(self):
        if self.reached is None:
            return "for the record"
        return "reached" if self.reached >= 0.995 else f"MISSED: {self.reached:.2f} of the goal"

    def show(self):
        print(f"{self.what}: {self.value}\n    goal {self.goal}: {self.verdict()}", flush=True)
        for name, text in (("peer", self.peer), ("CPU", self.cpu), ("", self.note), ("beside", self.beside)):
            if text:
                print(f"    {name + ': ' if name else ''}{text}", flush=True)


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30)
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout
    return f"{os.cpu_count()} x {model}, {memory:.0f} GiB, Linux {platform.release()}; commit {commit.strip()}"


def own_seconds():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def fixed_work_ms():
    """CPU ms of a fixed piece of work over more memory than the caches hold: what else runs makes it cost more."""
    took = []
    for _ in range(3):
        before, table = time.thread_time(), {}
        for i in range(200_000):
            table[str(i * 7919)] = i
        copied = bytes(bytearray(64 << 20))
        took.append(time.thread_time() - before)
        del table, copied
    return sorted(took)[1] * 1000


class Speed:
    """How dear CPU is now, against the cheapest moment seen by any run on this machine."""

    def __init__(self, folder):
        self.file, self.samples = folder / "fixed_work_ms", [fixed_work_ms()]

    def factor(self):
        self.samples.append(fixed_work_ms())
        best = min([*self.samples, *([float(self.file.read_text())] if self.file.exists() else [])])
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(str(best))
        return max(sum(self.samples) / len(self.samples) / best, 1.0)


def busy_seconds():
    """CPU seconds that the whole machine was not idle."""
    ticks = list(map(int, open("/proc/stat").readline().split()[1:9]))
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


class Beside:
    """What else the machine did meanwhile: what the wall-clock and CPU figures of this run are worth."""

    def __init__(self, folder):
        self.started, self.busy, self.own, self.speed = time.monotonic(), busy_seconds(), own_seconds(), Speed(folder)

    def text(self):
        took = max(time.monotonic() - self.started, 0.001)
        others = (busy_seconds() - self.busy) - (own_seconds() - self.own)
        return f"{max(others, 0) / took:.2f} cores used by other work and the kernel over {took:.0f} s; the same work cost " \
               f"{self.speed.factor():.2f} times the CPU of a quiet moment"


def cell(text):
    return text.replace("|", "/").replace("\n", " ")


def write_table(figures, folder):
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%MZ")
    lines = [f"# Benchmarks of {now}", "", machine(), "", "| what | goal | figure | | peer | CPU | notes |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for f in figures:
        notes = "; ".join(part for part in (f.note, f.beside) if part)
        lines.append("| " + " | ".join(map(cell, (f.what, f.goal, f.value, f.verdict(), f.peer, f.cpu, notes))) + " |")
    (folder / "report.md").write_text("\n".join(lines) + "\n")
    with open(folder / "figures.jsonl", "a") as out:
        for f in figures:
            out.write(json.dumps({"at": now, **dataclasses.asdict(f)}) + "\n")
    return folder / "report.md"
