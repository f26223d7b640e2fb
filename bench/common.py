"""What the benchmarks share: sizes, a fresh Pinflow, load generators, sample bodies, CPU of processes."""
import contextlib
import functools
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

from harness import BINARY, ROOT, Pinflow

SCRATCH = ROOT / "build/bench"
SPARK = ROOT / "build/venv-all/bin/python"  # has pyspark, if ./dev test --all has run
JSON_V2 = {"Content-Type": "application/vnd.kafka.json.v2+json"}


def size(name, full):
    """BENCH_<name> makes a run smaller than what its goal is about."""
    return int(os.environ.get("BENCH_" + name, full))


def reduced(name, full):
    """A note for figures of such a run."""
    return f"REDUCED: BENCH_{name}={size(name, full)} of {full}" if size(name, full) != full else ""


@functools.cache
def tool(target, place):
    """A program of bench/ beside the binary under test: brought up to date with it, or only made if it is missing where
    PINFLOW_BINARY chose another binary."""
    path = BINARY.parent / place / target
    if not path.exists() or "PINFLOW_BINARY" not in os.environ:
        subprocess.run(["ninja", "-C", BINARY.parent, "--quiet", target], check=True, stdout=sys.stderr)
    return path


def load_tool():
    return tool("pinflow_load", "src/emulator")


@contextlib.contextmanager
def folder():
    SCRATCH.mkdir(parents=True, exist_ok=True)
    path = pathlib.Path(tempfile.mkdtemp(dir=SCRATCH))
    path.chmod(0o755)  # nginx's worker is another user
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def pinflow(*arguments):
    with folder() as path, Pinflow(path / "data", *arguments) as server:
        yield server


def address(url):
    return url.removeprefix("http://")


def post(server, topic, rows, count, *options):
    """Posts `count` rows of the load generator's kind `rows`; what it says about them."""
    result = subprocess.run([load_tool(), "post", address(server.http), topic, rows, str(count), *map(str, options)],
                            capture_output=True, text=True)
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr}\n{server.log_tail()}"
    return json.loads(result.stdout.splitlines()[-1])


def drain(server):
    server.run("drain", "--timeout", "540s", timeout=560)


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def sync_ms(rounds=300):
    """Median of append + fdatasync of 4 KiB on the disk the benchmarks use."""
    with folder() as path, open(path / "sync", "wb", buffering=0) as file:
        took = []
        for _ in range(rounds):
            started = time.perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - started)
    return sorted(took)[rounds // 2] * 1000


def h2load(url, text, connections, seconds, *options):
    """(requests a second, requests) of nghttp2's load generator; HTTP/2 without TLS unless the options say --h1."""
    with folder() as path:
        (path / "body").write_text(text)
        headers = [part for name, value in JSON_V2.items() for part in ("-H", f"{name}: {value}")]
        out = subprocess.run(["h2load", f"-c{connections}", f"-D{seconds}", "-d", path / "body", *headers, *options, url],
                             capture_output=True, text=True, check=True).stdout
    succeeded, failed, errored = map(int, re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", out).groups())
    assert succeeded > 0 and failed == errored == 0, out
    return succeeded / seconds, succeeded


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def pins(count, first=0, seed=1):
    """Pins of about 600 bytes as JSON text, every value its own."""
    chance = random.Random(seed + first)
    words = [chance.randbytes(4).hex() for _ in range(2000)]
    for i in range(first, first + count):
        text = " ".join(chance.choices(words, k=22))
        yield json.dumps({
            "index": i, "unique_id": f"{chance.getrandbits(128):032x}", "title": f"{i} {text[:60]}",
            "description": text, "poster_name": f"poster {text[:14]} {i}", "follower_count": f"{i % 900}k",
            "tag_list": text[40:110].replace(" ", ","), "is_image_or_video": "image",
            "image_src": f"https://i.example/{chance.getrandbits(96):024x}.jpg", "downloaded": 1,
            "save_location": f"Local save in /data/{text[:8]}", "category": text[:8]}, separators=(",", ":"))


def body(values):
    return '{"records":[' + ",".join('{"value":' + value + "}" for value in values) + "]}"


# The requests are made once: making one for each post would measure wrk.
LUA = """
local requests, at = {}, 0
wrk.method = "%(method)s"
%(headers)s
init = function()
  for path in string.gmatch("%(bodies)s", "%%S+") do
    local f = io.open(path)
    requests[#requests + 1] = wrk.format(nil, nil, nil, f:read("*a"))
    f:close()
  end
end
%(delay)s
request = function() at = at %% #requests + 1; return requests[at] end
done = function(s, l, r)
  io.write(string.format("figures %%d %%d %%d %%d\\n", s.requests, s.duration, l:percentile(99),
                         s.errors.status + s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout))
end
"""


def wrk(url, bodies, connections, seconds, threads=1, method="POST", headers=(), delay_ms=0):
    """(requests a second, p99 in ms, requests, errors); each connection waits `delay_ms` before a request."""
    with folder() as path:
        names = []
        for i, text in enumerate(bodies):
            (path / f"body{i}").write_text(text)
            names.append(str(path / f"body{i}"))
        (path / "post.lua").write_text(LUA % {
            "method": method, "bodies": " ".join(names),
            "headers": "\n".join(f'wrk.headers["{name}"] = "{value}"' for name, value in {**JSON_V2, **dict(headers)}.items()),
            "delay": f"delay = function() return {delay_ms} end" if delay_ms else ""})
        out = subprocess.run(["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", path / "post.lua", url],
                             capture_output=True, text=True, check=True).stdout
    requests, duration_us, p99_us, errors = map(int, re.search(r"figures (\d+) (\d+) (\d+) (\d+)", out).groups())
    return requests / (duration_us / 1e6), p99_us / 1000, requests, errors
