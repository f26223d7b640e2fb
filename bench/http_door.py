import contextlib
import os
import socket
import subprocess
import time

from common import body, figure, folder, pinflow, pins, sync_ms, wrk


def children(pid):
    listing = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [pid, *map(int, listing)]


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def nginx():
    """nginx that answers 200 and does nothing: the floor of one HTTP request. Yields (url, pids)."""
    with folder() as path, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        (path / "nginx.conf").write_text(
            f"pid {path}/pid; error_log {path}/error; worker_processes 1; daemon off; events {{ worker_connections 4096; }}\n"
            f"http {{ access_log off; client_body_temp_path {path}; proxy_temp_path {path}; fastcgi_temp_path {path};\n"
            f"uwsgi_temp_path {path}; scgi_temp_path {path}; keepalive_requests 100000000; client_max_body_size 20m;\n"
            f"server {{ listen 127.0.0.1:{port}; location / {{ return 200; }} }} }}\n")
        process = subprocess.Popen(["nginx", "-c", path / "nginx.conf", "-p", path], stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        try:
            yield f"http://127.0.0.1:{port}/", children(process.pid)
        finally:
            process.terminate()
            process.wait()


def measure(url, pids, bodies, connections, seconds=8):
    before = cpu_seconds(pids)
    rate, p99, requests, refused = wrk(url, bodies, connections, seconds)
    assert refused == 0, f"{refused} of {requests} requests were refused"
    return rate, p99, (cpu_seconds(pids) - before) / requests * 1e6


def relaxed_rate(connections, rounds=1):
    """Best of `rounds` with write.caching on: (requests/s, p99 ms, CPU us a request)."""
    with pinflow() as server:
        server.run("topics", "create", "bench", "--config", "write.caching=true")
        return max(measure(server.http + "/topics/bench", [server.pid], [body(pins(1))], connections) for _ in range(rounds))


def http_single():
    """POST of one 600-byte record, write.caching on, against nginx return 200"""
    one = [body(pins(1))]
    ours, floor = [], []
    with nginx() as (url, pids), pinflow() as server:
        server.run("topics", "create", "bench", "--config", "write.caching=true")
        for _ in range(3):
            floor.append(measure(url, pids, one, 64))
            ours.append(measure(server.http + "/topics/bench", [server.pid], one, 64))
    cpu, peer = min(m[2] for m in ours), min(m[2] for m in floor)
    figure("POST of one record, 64 connections, server CPU", f"{cpu / peer:.2f} times nginx's", "2.0 times",
           f"{cpu:.2f} us against {peer:.2f} us; {max(ours)[0]:,.0f} against {max(floor)[0]:,.0f} requests/s; p99 {max(ours)[1]:.1f} ms")


def http_durable():
    """POST of one record, fdatasync before the answer, 256 connections"""
    relaxed, sync = relaxed_rate(256)[0], sync_ms()
    with pinflow() as server:
        rate, p99, cpu = max(measure(server.http + "/topics/bench", [server.pid], [body(pins(1))], 256) for _ in range(3))
    goal = min(0.4 * 256 / (sync / 1000), 0.6 * relaxed)
    figure("POST of one record, durable, 256 connections", f"{rate:,.0f} requests/s", f"{goal:,.0f}",
           f"ratio {rate / goal:.2f}; one fdatasync {sync:.2f} ms; relaxed {relaxed:,.0f}; p99 {p99:.1f} ms; {cpu:.2f} us CPU a request")


def http_bulk():
    """POST of 500-record bodies, write.caching on"""
    bodies = [body(pins(500, i * 500)) for i in range(20)]
    with nginx() as (url, pids), pinflow() as server:
        server.run("topics", "create", "bench", "--config", "write.caching=true", "--config", "retention.bytes=2000000000")
        floor = measure(url, pids, bodies, 16)
        rate, p99, cpu = max(measure(server.http + "/topics/bench", [server.pid], bodies, 16) for _ in range(3))
    figure("POST of 500-record bodies", f"{rate * 500:,.0f} records/s", "700,000",
           f"{cpu / 500:.3f} CPU-s per million records; nginx takes {floor[0] * 500:,.0f} records/s and drops them; p99 {p99:.1f} ms")
