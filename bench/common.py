"""What the benchmarks share: a fresh Pinflow, the printed line, sample records with distinct values, wrk."""
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import time

from harness import ROOT, Pinflow

SCRATCH = ROOT / "build/bench"


def figure(name, value, goal, note=""):
    print(f"{name}: {value} (goal {goal}){'; ' + note if note else ''}", flush=True)


@contextlib.contextmanager
def folder():
    SCRATCH.mkdir(parents=True, exist_ok=True)
    path = pathlib.Path(tempfile.mkdtemp(dir=SCRATCH))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def pinflow(*arguments):
    with folder() as path, Pinflow(path / "data", *arguments) as server:
        yield server


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


LUA = """
local bodies, at = {}, 0
for path in string.gmatch("%s", "%%S+") do local f = io.open(path); bodies[#bodies + 1] = f:read("*a"); f:close() end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/vnd.kafka.json.v2+json"
request = function() at = at %% #bodies + 1; return wrk.format(nil, nil, nil, bodies[at]) end
done = function(s, l, r)
  io.write(string.format("figures %%d %%d %%d %%d\\n", s.requests, s.duration, l:percentile(99), s.errors.status))
end
"""


def wrk(url, bodies, connections, seconds=8, threads=1):
    """(requests a second, p99 in ms, requests, refused)"""
    with folder() as path:
        names = []
        for i, text in enumerate(bodies):
            (path / f"body{i}").write_text(text)
            names.append(str(path / f"body{i}"))
        (path / "post.lua").write_text(LUA % " ".join(names))
        out = subprocess.run(["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", path / "post.lua", url],
                             capture_output=True, text=True, check=True).stdout
    requests, duration_us, p99_us, refused = map(int, re.search(r"figures (\d+) (\d+) (\d+) (\d+)", out).groups())
    return requests / (duration_us / 1e6), p99_us / 1000, requests, refused
