"""The HTTP door beside nginx and the disk."""
import contextlib
import json
import socket
import subprocess
import time

from common import body, cpu_seconds, folder, h2load, pinflow, pins, size, sync_ms, tool, wrk
from harness import Pinflow, command
from report import Figure

SECONDS = size("SECONDS", 8)
RECORDS_A_BODY = 500


def children(pid):
    listing = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [pid, *map(int, listing)]


@contextlib.contextmanager
def nginx(certificates=None):
    """nginx that answers 200 and does nothing: the floor of one HTTP request. Yields (url, pids)."""
    tls = certificates and f"ssl_certificate {certificates}/server.crt; ssl_certificate_key {certificates}/server.key;"
    with folder() as path, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        (path / "nginx.conf").write_text(
            f"pid {path}/pid; error_log {path}/error; worker_processes 1; daemon off; events {{ worker_connections 4096; }}\n"
            f"http {{ access_log off; client_body_temp_path {path}; proxy_temp_path {path}; fastcgi_temp_path {path};\n"
            f"uwsgi_temp_path {path}; scgi_temp_path {path}; keepalive_requests 100000000; client_max_body_size 20m;\n"
            f"server {{ listen 127.0.0.1:{port} {'ssl' if tls else ''}; {tls or ''} location / {{ return 200; }} }} }}\n")
        process = subprocess.Popen(["nginx", "-c", path / "nginx.conf", "-p", path], stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        try:
            yield f"http{'s' if tls else ''}://127.0.0.1:{port}/", children(process.pid)
        finally:
            process.terminate()
            process.wait()


def measure(url, pids, bodies, connections, seconds=SECONDS, **options):
    """(requests/s, p99 ms, CPU us a request)"""
    before = cpu_seconds(pids)
    rate, p99, requests, errors = wrk(url, bodies, connections, seconds, **options)
    assert errors == 0, f"{errors} of {requests} requests were refused"
    return rate, p99, (cpu_seconds(pids) - before) / requests * 1e6


def create(server, topic="bench", **config):
    options = [part for key, value in config.items() for part in ("--config", f"{key.replace('_', '.')}={value}")]
    server.run("topics", "create", topic, *options)


def middle(values):
    return sorted(values)[len(values) // 2]


def http_single():
    """POST of one 600-byte record, write.caching on, 64 connections, beside nginx return 200"""
    one = [body(pins(1))]
    ours, floor = [], []
    with nginx() as (url, pids), pinflow() as server:
        create(server, write_caching="true", retention_bytes=2_000_000_000, segment_bytes=500_000_000)
        measure(server.http + "/topics/bench", [server.pid], one, 64, 1)
        for _ in range(3):
            floor.append(measure(url, pids, one, 64))
            ours.append(measure(server.http + "/topics/bench", [server.pid], one, 64))
    ratio = middle([mine[2] / peer[2] for mine, peer in zip(ours, floor)])
    cpu, peer = middle([m[2] for m in ours]), middle([m[2] for m in floor])
    yield Figure("POST of one record, 64 connections, relaxed: server CPU a request", "2.0 times nginx's",
                 f"{ratio:.2f} times nginx's", 2.0 / ratio, f"nginx return 200: {peer:.2f} us, {max(floor)[0]:,.0f} requests/s",
                 f"{cpu:.2f} us a request", f"{max(ours)[0]:,.0f} requests/s; p99 {max(ours)[1]:.1f} ms; medians of 3 pairs")


def http_keys():
    """POST of one 600-byte record behind a stage with API key, buckets and quota, beside the same without, and nginx"""
    one = [body(pins(1))]
    with nginx() as floor, pinflow() as plain, pinflow() as keyed:
        for server in (plain, keyed):
            create(server, write_caching="true", retention_bytes=2_000_000_000, segment_bytes=500_000_000)
        throttle = ["--rate", "10000000", "--burst", "1000000"]
        keyed.run("gateway", "settings", *throttle)
        keyed.run("gateway", "stages", "set", "prod", "--require-key", *throttle)
        keyed.run("gateway", "plans", "set", "p", *throttle, "--quota", "1000000000", "--period", "MONTH", "--stage", "prod")
        key = json.loads(keyed.run("gateway", "keys", "create", "k", "--plan", "p").stdout)["value"]
        ours = [(server.http + "/prod/topics/bench", [server.pid]) for server in (plain, keyed)]
        cases = [(*floor, {}), (*ours[0], {}), (*ours[1], {"headers": {"x-api-key": key}})]
        rounds = [[measure(url, pids, one, 64, **options) for url, pids, options in cases] for _ in range(3)]
    ratio, of_nginx = (middle([each[2][2] / each[at][2] for each in rounds]) for at in (1, 0))
    peer, without, mine = (middle([each[at] for each in rounds]) for at in range(3))
    cpu, note = f"{mine[2]:.2f} us a request", f"{mine[0]:,.0f} of {without[0]:,.0f} requests/s; medians of 3 pairs"
    yield Figure("POST of one record behind a stage with API key, three buckets and a quota, 64 connections",
                 "1.10 times the CPU without", f"{ratio:.2f} times", 1.10 / ratio, f"without: {without[2]:.2f} us a request",
                 cpu, note)
    yield Figure("the same, beside nginx return 200: CPU a request", "2.5 times nginx's", f"{of_nginx:.2f} times nginx's",
                 2.5 / of_nginx, f"nginx: {peer[2]:.2f} us a request", cpu, note)


def http_tls():
    """POST of one 600-byte record over TLS, 64 connections, beside the same without TLS, and nginx both ways"""
    one = [body(pins(1))]
    with folder() as path:
        command("certs", "--folder", path / "certs")
        tls = ["--tls-certificate", path / "certs/server.crt", "--tls-key", path / "certs/server.key"]
        with nginx() as plain_peer, nginx(path / "certs") as tls_peer, \
                Pinflow(path / "data", *tls, http="http://127.0.0.1:0,https://127.0.0.1:0") as server:
            create(server, write_caching="true", retention_bytes=2_000_000_000, segment_bytes=500_000_000)
            ours = [(url + "/topics/bench", [server.pid]) for url in server.ready["http_listeners"]]
            for url, pids in ours:
                measure(url, pids, one, 64, 1)
            rounds = [[measure(url, pids, one, 64) for url, pids in (*ours, plain_peer, tls_peer)] for _ in range(3)]
    ratio, of_peer = (middle([each[at + 1][0] / each[at][0] for each in rounds]) for at in (0, 2))
    plain, secure, _, peer = (middle([each[at] for each in rounds]) for at in range(4))
    yield Figure("POST of one record over TLS, keep-alive, 64 connections", "0.7 of the rate without TLS",
                 f"{ratio:.2f} of it", ratio / 0.7, f"nginx return 200: {of_peer:.2f} of its own, {peer[2]:.2f} us with TLS",
                 f"{secure[2]:.2f} us a request, {plain[2]:.2f} without TLS",
                 f"{secure[0]:,.0f} of {plain[0]:,.0f} requests/s, wrk on the same cores; medians of 3")


def http2():
    """POST of one 600-byte record over HTTP/2: 64 requests at a time on 64 connections and on 8, beside HTTP/1.1"""
    one, cases = body(pins(1)), ((64, "--h1"), (64, "-m1"), (8, "-m8"))
    with pinflow() as server:
        create(server, write_caching="true", retention_bytes=2_000_000_000, segment_bytes=500_000_000)

        def each(connections, option):
            before = server.cpu_seconds()
            rate, requests = h2load(server.http + "/topics/bench", one, connections, SECONDS, option)
            return rate, (server.cpu_seconds() - before) / requests * 1e6
        for case in cases:
            each(*case)
        rounds = [[each(*case) for case in cases] for _ in range(3)]
    first, *others = ([one[at] for one in rounds] for at in range(3))
    for mine, where in zip(others, ("a request at a time on 64 connections", "8 at a time on 8 connections")):
        ratio = middle([ours[1] / peer[1] for ours, peer in zip(mine, first)])
        yield Figure(f"POST of one record over HTTP/2, {where}: server CPU a request", "1.5 times HTTP/1.1's",
                     f"{ratio:.2f} times", 1.5 / ratio, f"HTTP/1.1, 64 connections: {middle([m[1] for m in first]):.2f} us, "
                     f"{middle([m[0] for m in first]):,.0f} requests/s",
                     f"{middle([m[1] for m in mine]):.2f} us a request",
                     f"{middle([m[0] for m in mine]):,.0f} requests/s, h2load on the same cores; medians of 3")


def http_durable():
    """POST of one record, fdatasync before the answer, 256 connections, beside the disk"""
    one = [body(pins(1))]
    with pinflow() as server:
        create(server, write_caching="true")
        create(server, "kept")
        relaxed, durable, syncs = [], [], []
        for _ in range(3):
            syncs.append(sync_ms())
            relaxed.append(measure(server.http + "/topics/bench", [server.pid], one, 256))
            durable.append(measure(server.http + "/topics/kept", [server.pid], one, 256))
    sync, fastest = middle(syncs), middle([m[0] for m in relaxed])
    rate, p99, cpu = middle(durable)
    by_disk, by_rate = 0.4 * 256 / (sync / 1000), 0.6 * fastest
    goal = min(by_disk, by_rate)
    yield Figure("POST of one record, durable, 256 connections", f"{goal:,.0f} requests/s, the lower of {by_disk:,.0f} "
                 f"(0.4 x 256 a sync) and {by_rate:,.0f} (0.6 of relaxed)", f"{rate:,.0f} requests/s", rate / goal,
                 f"{rate / fastest:.2f} of the relaxed rate ({fastest:,.0f}); one append + fdatasync {sync:.2f} ms",
                 f"{cpu:.2f} us a request ({middle([m[2] for m in relaxed]):.2f} relaxed)", f"p99 {p99:.1f} ms; medians of 3")


def http_bulk():
    """POST of 500-record bodies, write.caching on, beside nginx return 200"""
    bodies = [body(pins(RECORDS_A_BODY, i * RECORDS_A_BODY)) for i in range(20)]
    ours, floor = [], []
    with nginx() as (url, pids), pinflow() as server:
        create(server, write_caching="true", retention_bytes=1_000_000_000, segment_bytes=250_000_000)
        measure(server.http + "/topics/bench", [server.pid], bodies, 16, 1)
        for _ in range(3):
            floor.append(measure(url, pids, bodies, 16))
            ours.append(measure(server.http + "/topics/bench", [server.pid], bodies, 16))
    rate, p99, cpu = middle(ours)
    records = rate * RECORDS_A_BODY
    per_million = cpu / RECORDS_A_BODY
    yield Figure("POST of 500-record bodies", "700,000 records/s on 2 cores beside the load generator",
                 f"{records:,.0f} records/s with the generator on the same cores ({2e6 / per_million:,.0f} if its CPU had 2 "
                 "cores)", records / 700_000,
                 f"nginx takes {middle(floor)[0] * RECORDS_A_BODY:,.0f} records/s and drops them",
                 f"{per_million:.3f} s per million records",
                 f"{len(bodies[0]) * rate / 1e6:,.0f} MB/s of bodies; p99 {p99:.1f} ms; medians of 3")


@contextlib.contextmanager
def bare_server(*arguments):
    process = subprocess.Popen([tool("net_bench", "src/net"), *arguments], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/", [process.pid]
    finally:
        process.stdin.close()
        process.wait()


def compare(what, text, connections, *arguments):
    with nginx() as floor, bare_server(*arguments) as ours:
        rounds = [(measure(*floor, [text], connections, SECONDS), measure(*ours, [text], connections, SECONDS))
                  for _ in range(3)]
    ratio = middle([mine[2] / peer[2] for peer, mine in rounds])
    return Figure(what, "none", f"{ratio:.2f} times nginx's CPU a request", None,
                  f"nginx {middle([peer[2] for peer, mine in rounds]):.2f} us",
                  f"{middle([mine[2] for peer, mine in rounds]):.2f} us a request",
                  f"{max(mine[0] for peer, mine in rounds):,.0f} requests/s; medians of 3 pairs")


def http_floor():
    """for the record: the bare HTTP server with a handler that does nothing, beside nginx"""
    yield compare("HTTP alone, POST of 600 bytes, 64 connections", "x" * 600, 64, "1")
    yield compare("HTTP alone, the same answered from another thread", "x" * 600, 64, "1", "later")
    yield compare("HTTP alone, POST of 277 kB, 16 connections", "x" * 277_000, 16, "1")
