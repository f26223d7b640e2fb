"""Kills, second processes, full and read-only disks, many connections."""
import json
import os
import resource
import socket
import subprocess

import pytest

import kill_loop
from harness import Pinflow, Rest

GEO = {"ind": 1, "country": "Chad"}


def kill_and_count(kills, tmp_path):
    acked, wrong = kill_loop.run(kills, seed=kills, data=tmp_path / "data")
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
    assert str(first.pid) in str(failure.value)
    Rest(first.http).produce("still.fine", [1])


def test_stop_flushes_commits_and_ends_with_zero(make_server):
    server = make_server()
    Rest(server.http).produce("stop.geo", [GEO] * 10)
    server.stop()
    server.start()
    server.drain()
    assert server.value('SELECT count(*) FROM clean."stop_geo"') == 10


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"mounting a small file system is not permitted: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_read_only_directory(binary, small_disk):
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(AssertionError) as failure:
        Pinflow(small_disk / "data").start()
    assert "small" in str(failure.value) and "ead-only" in str(failure.value)


def test_full_disk_refuses_and_recovers(make_server, small_disk, tmp_path):
    server = Pinflow(small_disk / "data")
    server.log = tmp_path / "server.log"
    with server:
        ballast = small_disk / "ballast"
        free = os.statvfs(small_disk)
        ballast.write_bytes(b"\0" * max(0, free.f_bavail * free.f_frsize - (8 << 20)))
        rest, acked, refused = Rest(server.http), 0, None
        for _ in range(400):
            body = json.dumps({"records": [{"value": "x" * 100_000}]})
            status, _, answer = rest.request("POST", "/topics/full", body, {"Content-Type": "application/vnd.kafka.json.v2+json"})
            entry = json.loads(answer).get("offsets", [{}])[0]
            if status == 200 and entry.get("offset") is not None:
                acked += 1
            else:
                refused = answer
                break
        assert refused and b"space" in refused.lower() or b"full" in refused.lower(), refused
        assert server.value('SELECT count(*) FROM raw."full"') == acked
        ballast.unlink()
        rest.close()
        Rest(server.http).produce("full", ["again"])
        assert server.value('SELECT count(*) FROM raw."full"') == acked + 1


def hold_connections(server, count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, count + 500)), hard))
    if min(hard, max(soft, count + 500)) < count + 100:
        pytest.skip(f"this system allows {hard} open files a process, too few for {count} connections")
    host, port = server.http.removeprefix("http://").split(":")
    held = [socket.create_connection((host, int(port)), 10) for _ in range(count)]
    for sock in held[::10]:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert all(sock.recv(100).startswith(b"HTTP/1.1 200") for sock in held[::10])
    return held


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_idle_connections(make_server, count):
    server = make_server()
    before = server.memory_bytes()
    held = hold_connections(server, count)
    Rest(server.http).produce("beside", [1])
    assert (server.memory_bytes() - before) / count < 32 << 10, "more than 32 KiB a connection"
    for sock in held:
        sock.close()
