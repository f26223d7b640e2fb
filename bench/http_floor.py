#!/usr/bin/env python3
"""What HTTP alone costs: Pinflow's net server with a handler that does nothing against nginx `return 200`, under the
same wrk, alternating. python3 bench/http_floor.py path/to/net_bench [seconds]"""
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def nginx(path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (path / "nginx.conf").write_text(
        f"pid {path}/pid; error_log {path}/error; worker_processes 1; daemon off; events {{ worker_connections 4096; }}\n"
        f"http {{ access_log off; client_body_temp_path {path}; proxy_temp_path {path}; fastcgi_temp_path {path};\n"
        f"uwsgi_temp_path {path}; scgi_temp_path {path}; keepalive_requests 100000000; client_max_body_size 20m;\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ return 200; }} }} }}\n")
    process = subprocess.Popen(["nginx", "-c", path / "nginx.conf", "-p", path], stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    workers = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    try:
        yield port, [process.pid, *map(int, workers)]
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def ours(binary, *arguments):
    process = subprocess.Popen([binary, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline()), [process.pid]
    finally:
        process.stdin.close()
        process.wait()


def wrk(script, port, pids, connections, seconds):
    before = cpu_seconds(pids)
    text = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{port}/"],
                          capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in text and "Socket errors" not in text, text
    requests = int(re.search(r"(\d+) requests in", text)[1])
    return (cpu_seconds(pids) - before) / requests * 1e6, requests / seconds


def compare(what, binary, body_bytes, connections, seconds, *arguments):
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        path = pathlib.Path(folder)
        path.chmod(0o777)
        script = path / "post.lua"
        script.write_text(f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
                          f'wrk.body = string.rep("x", {body_bytes})\n')
        floor, mine = stack.enter_context(nginx(path)), stack.enter_context(ours(binary, *arguments))
        rounds = [(wrk(script, *floor, connections, seconds), wrk(script, *mine, connections, seconds)) for _ in range(3)]
    peer, own = min(r[0] for r in rounds), min(r[1] for r in rounds)
    print(f"{what}: {own[0] / peer[0]:.2f} times nginx's CPU per request ({own[0]:.2f} us against {peer[0]:.2f} us; "
          f"{own[1]:,.0f} against {peer[1]:,.0f} requests/s)", flush=True)


def main():
    binary, seconds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 4
    compare("POST 600 B, 64 connections", binary, 600, 64, seconds, "1")
    compare("POST 600 B, 64 connections, answered from another thread", binary, 600, 64, seconds, "1", "later")
    compare("POST 277 kB, 16 connections", binary, 277_000, 16, seconds, "1")


if __name__ == "__main__":
    main()
