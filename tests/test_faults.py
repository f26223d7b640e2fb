"""Kills, second processes, full and read-only disks, many connections, a clock that steps backwards."""
import json
import os
import resource
import socket
import subprocess
import time

import pytest

import kill_loop
from harness import Pinflow, Rest, command

GEO = {"ind": 1, "country": "Chad"}


def kill_and_count(kills, tmp_path):
    acked, _, wrong = kill_loop.run(kills, seed=kills, data=tmp_path / "data")
    assert wrong == [] and acked > 0


def test_ten_kills_under_load(binary, tmp_path):
    kill_and_count(10, tmp_path)


@pytest.mark.slow
def test_two_hundred_kills_under_load(binary, tmp_path):
    kill_and_count(200, tmp_path)


def test_a_second_process_is_refused_with_the_pid_of_the_first(make_server):
    first = make_server()
    with pytest.raises(AssertionError) as failure:
        Pinflow(first.data).start()
    assert f"pid {first.pid}" in str(failure.value) and str(first.data) in str(failure.value)
    Rest(first.http).produce("still.fine", [1])


def test_stop_flushes_commits_and_ends_with_zero(make_server):
    server = make_server()
    Rest(server.http).produce("stop.geo", [GEO] * 10)
    server.stop()
    server.start()
    server.drain()
    assert server.value('SELECT count(*) FROM clean."stop_geo"') == 10


def test_a_port_in_use_is_named(make_server, tmp_path):
    address = make_server().http.removeprefix("http://")
    second = command("up", "--data", tmp_path / "other", "--http", address, "--console", "127.0.0.1:0", check=False)
    assert second.returncode == 1 and address in second.stderr and "another program has that port" in second.stderr


def test_drain_names_a_table_that_cannot_be_written_and_others_go_on(make_server, tmp_path):
    blocked = tmp_path / "data/lake/clean"
    blocked.mkdir(parents=True)
    (blocked / "stuck_geo").write_text("a file where the table's folder must be")
    server = make_server()
    for user in ("stuck", "free"):
        Rest(server.http).produce(f"{user}.geo", [GEO])
    result = server.run("drain", "--timeout", "3s", check=False)
    assert result.returncode == 2 and "stuck_geo" in result.stderr and "free_geo" not in result.stderr
    assert server.value('SELECT count(*) FROM clean."free_geo"') == 1
    (blocked / "stuck_geo").unlink()
    server.drain("30s")
    assert server.value('SELECT count(*) FROM clean."stuck_geo"') == 1


# --- disks ---

@pytest.fixture
def small_disk(tmp_path):
    """A file system of 96 MB. Mounting needs root; without it the test says so and counts as skipped."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"NOT TESTED, mounting a small file system needs root: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def remount(folder, mode):
    subprocess.run(["mount", "-o", f"remount,{mode}", folder], check=True)


def test_read_only_directory_is_refused_by_up_and_read_by_sql(make_server, small_disk, tmp_path):
    server = make_server(data=small_disk / "data", log=tmp_path / "up.log")
    Rest(server.http).produce("ro.geo", [GEO])
    server.drain()
    server.kill()  # so that reading needs recovery, which must not write
    remount(small_disk, "ro")
    with pytest.raises(AssertionError) as failure:
        server.start()
    assert str(small_disk) in str(failure.value) and "ead-only" in str(failure.value)
    for statement in ('SELECT count(*) AS n FROM raw."ro.geo"', 'SELECT count(*) AS n FROM clean."ro_geo"'):
        answer = command("sql", "--data", server.data, "--format", "ndjson", statement).stdout
        assert json.loads(answer) == {"n": 1}
    remount(small_disk, "rw")
    server.start()
    Rest(server.http).produce("ro.geo", [GEO])


def produce_until_refused(server, topic):
    """(records acked, the answer that refused)"""
    rest, acked = Rest(server.http), 0
    body = json.dumps({"records": [{"value": {"ind": 1, "country": "x" * 100_000}}]})
    for _ in range(2000):
        status, _, answer = rest.request("POST", f"/topics/{topic}", body,
                                         {"Content-Type": "application/vnd.kafka.json.v2+json"})
        if status != 200:
            return acked, (status, json.loads(answer))
        acked += 1
    raise AssertionError("a full disk took everything")


def produce_within(server, topic, values, seconds):
    until = time.monotonic() + seconds
    while True:
        try:
            return Rest(server.http).produce(topic, values)
        except AssertionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def test_full_disk_refuses_and_recovers(make_server, small_disk, tmp_path):
    server = make_server(data=small_disk / "data", log=tmp_path / "up.log")
    Rest(server.http).produce("full.geo", [GEO])
    free = os.statvfs(small_disk)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * max(0, free.f_bavail * free.f_frsize - (8 << 20)))
    acked, (status, answer) = produce_until_refused(server, "full.geo")
    assert status == 500 and answer["error_code"] == 50002 and "No space" in answer["message"], answer
    assert server.value('SELECT count(*) FROM raw."full.geo"') == acked + 1, "nothing half-written is served"
    assert Rest(server.http).request("GET", "/topics")[0] == 200
    ballast.unlink()
    produce_within(server, "full.geo", [GEO], 10)
    server.drain()
    numbers = 'SELECT count(*) FROM {}."{}"'
    assert server.value(numbers.format("raw", "full.geo")) == acked + 2
    assert server.value(numbers.format("clean", "full_geo")) == acked + 2


def test_killed_on_a_full_disk_loses_nothing(make_server, small_disk, tmp_path):
    server = make_server(data=small_disk / "data", log=tmp_path / "up.log")
    acked, _ = produce_until_refused(server, "full.geo")
    server.kill()
    try:
        server.start()
    except AssertionError as refused:  # a start may need room, and must say so
        assert "No space" in str(refused)
        (small_disk / "data/pinflow.pid").touch()
        remount(small_disk, "size=160m")
        server.start()
    assert server.value('SELECT count(*) FROM raw."full.geo"') >= acked
    remount(small_disk, "size=200m")
    produce_within(server, "full.geo", [GEO], 10)
    server.drain()
    assert server.value('SELECT count(*) FROM clean."full_geo"') == server.value('SELECT count(*) FROM raw."full.geo"')


# --- connections ---

def hold_connections(server, count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count + 500:
        pytest.skip(f"NOT TESTED, this system allows {hard} open files a process, too few for {count} connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 500), hard))
    host, port = server.http.removeprefix("http://").split(":")
    held = [socket.create_connection((host, int(port)), 10) for _ in range(count)]
    for sock in held[::10]:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert all(sock.recv(100).startswith(b"HTTP/1.1 200") for sock in held[::10])
    return held


@pytest.mark.parametrize("count", [1000, 10_000])
def test_idle_connections(make_server, count):
    server = make_server()
    before = server.memory_bytes()
    held = hold_connections(server, count)
    Rest(server.http).produce("beside", [1])
    assert (server.memory_bytes() - before) / count < 32 << 10, "more than 32 KiB a connection"
    for sock in held:
        sock.close()
    Rest(server.http).produce("beside", [1])


# --- clock ---

def test_clock_stepping_backwards(make_server, clock):
    server = make_server(environment=clock.environment)
    posted = 0
    for round_, seconds in enumerate([0, -3600, -86_400 * 3, 7200, -60]):
        clock(seconds)
        if round_ in (2, 4):
            server.stop() if round_ == 2 else server.kill()
            server.start()
        offsets = Rest(server.http).produce("clock.geo", [{"ind": posted + i, "country": "Chad"} for i in range(10)])
        assert offsets == list(range(posted, posted + 10)) or round_ == 4, "offsets never go back"
        posted += 10
        server.drain()
        assert server.value('SELECT count(DISTINCT ind) FROM clean."clock_geo"') == posted
        assert server.value('SELECT count(*) FROM raw."clock.geo"') == posted
    times = server.sql('SELECT "offset", "timestamp" FROM raw."clock.geo" ORDER BY "offset"')
    assert times[10]["timestamp"] < times[0]["timestamp"], "the clock of the test did not move"
    lines = server.run("tail", "clock.geo", "--last", "50").stdout.splitlines()
    assert [json.loads(json.loads(line)["value"])["ind"] for line in lines] == list(range(posted))
