"""API v3 of the REST Proxy: records that stream in over one connection, and their reports."""
import json
import socket
import threading
import time
import urllib.parse

from common import pinflow, size
from harness import Rest
from report import Figure

SECONDS = size("SECONDS", 8)
RECORDS_A_CHUNK = 1_000
REPORT = b'"error_code":200,'


def chunk():
    records = "".join(json.dumps({
        "key": {"type": "STRING", "data": f"user-{n}"},
        "value": {"type": "JSON", "data": {"index": n, "unique_id": f"{n:032x}", "title": "a pin of some length",
                                           "follower_count": "10k"}}}, separators=(",", ":"))
                      for n in range(RECORDS_A_CHUNK)).encode()
    return b"%x\r\n%s\r\n" % (len(records), records)


def send(connection, piece, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        connection.sendall(piece)
    connection.sendall(b"0\r\n\r\n")


def count_reports(connection):
    """Until the last chunk of the answer."""
    count, rest = 0, b""
    while not rest.endswith(b"0\r\n\r\n"):
        rest += connection.recv(1 << 20)
        count += rest.count(REPORT)
        rest = rest[rest.rfind(REPORT) + len(REPORT):] if REPORT in rest else rest
        rest = rest[-64:]  # no report is counted twice, none that was cut is missed
    return count


def rest_stream():
    """records of 190 bytes streamed to API v3 over one connection, a report for each, as durable as by default"""
    with pinflow() as server:
        rest = Rest(server.http)
        cluster = json.loads(rest.request("GET", "/v3/clusters")[2])["data"][0]["cluster_id"]
        server.run("topics", "create", "bench")
        place, piece = urllib.parse.urlsplit(server.http), chunk()
        with socket.create_connection((place.hostname, place.port)) as connection:
            connection.sendall(f"POST /v3/clusters/{cluster}/topics/bench/records HTTP/1.1\r\nHost: bench\r\n"
                               "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
            cpu, began = server.cpu_seconds(), time.monotonic()
            sender = threading.Thread(target=send, args=(connection, piece, SECONDS))
            sender.start()
            reports = count_reports(connection)
            took, cpu = time.monotonic() - began, server.cpu_seconds() - cpu
            sender.join()
        offset = json.loads(rest.request("GET", "/topics/bench/partitions/0/offsets")[2])["end_offset"]
        assert reports == offset, f"{reports} reports of {offset} records"
    rate = reports / took
    yield Figure("records streamed to API v3 over one connection", "500,000 records/s", f"{rate:,.0f} records/s",
                 rate / 500_000, "", f"{cpu / reports * 1e6:.2f} s per million records",
                 f"{len(piece) / RECORDS_A_CHUNK:.0f} bytes a record; the client counts reports on the same cores")
