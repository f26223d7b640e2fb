"""Posts at a steady rate for minutes, all of them landing in a clean table, with a log that is kept short."""
import json
import subprocess
import threading
import time

from common import address, drain, load_tool, percentile, pinflow, reduced, size
from harness import Rest
from report import Figure

SECONDS, RATE, BATCH = size("SECONDS", 180), size("RATE", 200_000), 100
LAG_GOAL = 2.0


class Watch:
    """Samples how far the table is behind the log, in seconds, and memory."""

    def __init__(self, server):
        self.server, self.console = server, Rest(server.console)
        self.ends, self.lags, self.memory, self.log_bytes = [(time.monotonic(), 0)], [], [], []
        self.started, self.ended = time.monotonic(), threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ended.wait(0.2):
            self.sample()

    def sample(self):
        before = time.monotonic()
        _, _, text = self.console.request("GET", "/metrics")
        values = {}
        for line in text.decode().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        done = values["pinflow_table_rows_total"] + values["pinflow_table_quarantined_total"]
        self.ends.append((before, done + values["pinflow_table_lag_records"]))
        # What is in the table now was the end of the log when? That long ago is the lag.
        while len(self.ends) > 1 and self.ends[1][1] <= done:
            self.ends.pop(0)
        behind = values["pinflow_table_lag_records"] > 0
        self.lags.append((before - self.started, before - self.ends[0][0] if behind else 0.0))
        fields = dict(line.split(":", 1) for line in open(f"/proc/{self.server.pid}/status"))
        self.memory.append((before - self.started, int(fields["RssAnon"].split()[0]) >> 10))

    def stop(self):
        self.ended.set()
        self.thread.join()

    def memory_of_third(self, third):
        end = self.memory[-1][0]
        values = [mib for at, mib in self.memory if third * end / 3 <= at <= (third + 1) * end / 3]
        return sum(values) / len(values)


def sustained():
    """200,000 records/s in bodies of 100 for 3 minutes, all into a clean table: lag and memory"""
    with pinflow() as server:
        server.run("topics", "create", "steady.pin", "--partitions", "2", "--config", "segment.bytes=134217728",
                   "--config", "retention.bytes=268435456")
        watch = Watch(server)
        cpu = server.cpu_seconds()
        loader = subprocess.run(
            [load_tool(), "post", address(server.http), "steady.pin", "distinct", str(RATE * SECONDS), "--batch", str(BATCH),
             "--connections", "64", "--rate", str(RATE), "--prepared", "2000"], capture_output=True, text=True)
        assert loader.returncode == 0, loader.stderr
        posted = json.loads(loader.stdout.splitlines()[-1])
        started = time.monotonic()
        watch.stop()
        drain(server)
        drained = time.monotonic() - started
        cpu = server.cpu_seconds() - cpu
        rows = server.value('SELECT count(*) FROM clean."steady_pin"')
        log = int(subprocess.run(["du", "-sm", server.data / "log"], capture_output=True, text=True).stdout.split()[0])
    assert rows == posted["records"], f"{rows} rows of {posted['records']} records"
    lags = [lag for at, lag in watch.lags]
    memory = [watch.memory_of_third(third) for third in range(3)]
    rate, million = posted["records_per_second"], posted["records"] / 1e6
    short = reduced("SECONDS", 180) + reduced("RATE", 200_000)
    cost = f"{cpu / million:.2f} s per million records, doors, log and table ({cpu / posted['seconds']:.2f} cores)"
    yield Figure("sustained posts into a clean table: rate", f"{RATE:,} records/s for {SECONDS} s", f"{rate:,.0f} records/s",
                 rate / RATE, "", cost,
                 f"load generator {posted['cpu_seconds'] / posted['seconds']:.2f} cores of the same 2, at most "
                 f"{posted['behind_seconds']:.1f} s behind its plan; {million:.1f} M records, log {log} MB at the end {short}")
    yield Figure("sustained: lag of the table", "under 2 s", f"at most {max(lags):.1f} s", LAG_GOAL / max(max(lags), 0.01), "", "",
                 f"median {percentile(lags, 0.5):.1f} s, p99 {percentile(lags, 0.99):.1f} s, drained {drained:.1f} s after the "
                 f"last post {short}")
    yield Figure("sustained: memory", "flat", f"{memory[2]:.0f} MiB in the last third, {memory[1]:.0f} in the one before",
                 min(1.1 * memory[1] / memory[2], 1.0), "", "",
                 f"means of anonymous memory; first third {memory[0]:.0f}, most {max(mib for at, mib in watch.memory)} MiB {short}")
