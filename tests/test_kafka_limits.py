"""What many or slow clients may take of the Kafka door: connections, memory, time of others. With plain sockets: a client
that behaves would hide what is to be seen."""
import os
import resource
import select
import socket
import struct
import time

import pytest

from harness import Rest

FETCH, METADATA = 1, 3


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def frame(key, version, body):
    request = struct.pack(">hhi", key, version, 7) + text("limits") + body
    return struct.pack(">i", len(request)) + request


def metadata(topic):
    return frame(METADATA, 4, struct.pack(">i", 1) + text(topic) + b"\x01")


def fetch(topic, most):
    head = struct.pack(">iiiib", -1, 0, 1, most, 0)  # replica, wait, least bytes, most bytes, isolation
    return frame(FETCH, 4, head + struct.pack(">i", 1) + text(topic) + struct.pack(">i", 1) + struct.pack(">iqi", 0, 0, most))


def connect(server, timeout=30):
    host, port = server.ready["kafka"].split(":")
    return socket.create_connection((host, int(port)), timeout)


def receive(sock, size):
    got = b""
    while len(got) < size:
        piece = sock.recv(size - len(got))
        assert piece, f"closed after {len(got)} of {size} bytes"
        got += piece
    return got


def answer(sock):
    return receive(sock, struct.unpack(">i", receive(sock, 4))[0])


def ask_again(server, topic):
    with connect(server) as sock:
        sock.sendall(metadata(topic))
        return answer(sock)


def fill(server, topic, megabytes):
    """Large records, so that few of them make a long log."""
    for _ in range(megabytes // 4):
        Rest(server.http).produce(topic, [os.urandom(500_000).hex() for _ in range(4)])


@pytest.fixture
def many_files():
    def allow(count):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < count:
            pytest.skip(f"NOT TESTED, this system allows {hard} open files a process, {count} are wanted")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), hard))
    return allow


def test_5000_connections(make_server, many_files):
    many_files(5500)
    server = make_server()
    before = server.memory_bytes()
    held = [connect(server) for _ in range(5000)]
    for sock in held:
        sock.sendall(metadata("t"))
    for sock in held:
        assert b"t" in answer(sock)
    each = (server.memory_bytes() - before) / len(held)
    assert each < 32 << 10, f"{each:.0f} bytes a connection"
    for sock in held:
        sock.close()
    assert b"t" in ask_again(server, "t")


def test_readers_that_do_not_read_hold_no_memory(make_server):
    """100 connections ask for 16 MB each, several times over, and take nothing of it: 8 GB if all were made."""
    server = make_server()
    fill(server, "large", 40)
    before = server.memory_bytes()
    held = [connect(server) for _ in range(100)]
    for sock in held:
        for _ in range(5):
            sock.sendall(fetch("large", 16 << 20))
        if sock is held[0]:  # its first answer is made before the others have used up what there is for answers
            assert select.select([sock], [], [], 20)[0]
    time.sleep(3)
    grown = (server.memory_bytes() - before) >> 20
    assert grown < 320, f"{grown} MiB for answers that nobody takes: 256 MiB is the bound for all of them"
    began = time.monotonic()
    assert b"large" in ask_again(server, "large")
    assert time.monotonic() - began < 2, "others wait"
    # Those that read in the end get what they asked for.
    first = answer(held[0])
    assert len(first) > 1 << 20
    for sock in held:
        sock.close()


def test_a_reader_from_far_behind(make_server):
    """Who reads a long log again and again gets all of it, and others are answered meanwhile."""
    server, rest_of_it = make_server(), 50 * 2000
    for _ in range(50):
        Rest(server.http).produce("old", ["x" * 600] * 2000)
    with connect(server) as sock:
        for _ in range(10):
            sock.sendall(fetch("old", 16 << 20))
            began = time.monotonic()
            assert b"old" in ask_again(server, "old")
            assert time.monotonic() - began < 2
            assert 5 << 20 > len(answer(sock)) > 3 << 20
    assert server.value('SELECT count(*) FROM raw."old"') == rest_of_it
