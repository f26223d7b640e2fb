"""TLS as clients meet it: certificates of `pinflow certs`, https at the doors and the console."""
import json
import re
import socket
import ssl
import stat
import subprocess
import threading
import time
import urllib.parse

import pytest
import requests

from harness import CommandFailed, command
from harness.clients import JSON_V2

HEADERS = {"Content-Type": JSON_V2}


def certificates(folder, *arguments):
    return command("certs", "--folder", folder, *arguments).stdout


@pytest.fixture(scope="module")
def folder(binary, tmp_path_factory):
    path = tmp_path_factory.mktemp("tls") / "certs"
    certificates(path)
    certificates(path, "--client", "loader")
    return path


@pytest.fixture
def make_tls_server(make_server, folder):
    """make_tls_server(*arguments): plain and TLS side by side at the door, TLS at the console."""
    def make(*arguments, **options):
        server = make_server("--tls-certificate", folder / "server.crt", "--tls-key", folder / "server.key", *arguments,
                             http="http://127.0.0.1:0,https://127.0.0.1:0", console="https://127.0.0.1:0", **options)
        server.https = server.ready["http_listeners"][1]
        return server
    return make


@pytest.fixture(scope="module")
def tls_server(binary, folder, tmp_path_factory):
    from harness import Pinflow
    with Pinflow(tmp_path_factory.mktemp("tls-server") / "data", "--tls-certificate", folder / "server.crt", "--tls-key",
                 folder / "server.key", http="http://127.0.0.1:0,https://127.0.0.1:0", console="https://127.0.0.1:0") as server:
        server.https = server.ready["http_listeners"][1]
        yield server


def place(url):
    parts = urllib.parse.urlsplit(url)
    return parts.hostname, parts.port


def connect(server, folder, context=None):
    context = context or ssl.create_default_context(cafile=folder / "ca.crt")
    return context.wrap_socket(socket.create_connection(place(server.https), timeout=20), server_hostname="localhost")


def metric(server, folder, name):
    text = requests.get(server.console + "/metrics", verify=folder / "ca.crt", timeout=20).text
    return float(re.search(rf"^{name} (\S+)$", text, re.M).group(1))


def records(count):
    return json.dumps({"records": [{"value": {"n": n}} for n in range(count)]})


def test_certs_makes_what_it_says(binary, tmp_path):
    said = certificates(tmp_path / "c", "--name", "pinflow.example.com", "--name", "10.1.2.3")
    for name in ("localhost", "127.0.0.1", "::1", "pinflow.example.com", "10.1.2.3", "--cacert", "verify=", "keytool"):
        assert name in said, name
    for key in ("ca.key", "server.key"):
        assert stat.S_IMODE((tmp_path / "c" / key).stat().st_mode) == 0o600
    decoded = ssl._ssl._test_decode_cert(str(tmp_path / "c/server.crt"))
    names = {value for _, value in decoded["subjectAltName"]}
    assert names >= {"localhost", "127.0.0.1", "pinflow.example.com", "10.1.2.3", socket.gethostname()}
    before = {path.name: path.read_text() for path in (tmp_path / "c").iterdir()}
    with pytest.raises(CommandFailed) as refused:
        certificates(tmp_path / "c")
    assert "--force" in refused.value.stderr
    certificates(tmp_path / "c", "--force")
    after = {path.name: path.read_text() for path in (tmp_path / "c").iterdir()}
    assert before["ca.crt"] == after["ca.crt"] and before["server.crt"] != after["server.crt"]
    with pytest.raises(CommandFailed) as refused:
        certificates(tmp_path / "c", "--force", "--name", "no host")
    assert "no host" in refused.value.stderr
    assert "kept" in certificates(tmp_path / "c", "--client", "loader")


def test_strict_clients_accept_the_certificate(binary, folder):
    for purpose, name in (("sslserver", "server"), ("sslclient", "loader")):
        subprocess.run(["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", folder / "ca.crt",
                        folder / f"{name}.crt"], check=True, capture_output=True)


def test_without_a_certificate_the_error_says_how_to_make_one(binary, tmp_path):
    with pytest.raises(CommandFailed) as failure:
        command("up", "--data", tmp_path / "data", "--http", "https://127.0.0.1:0", "--console", "127.0.0.1:0")
    assert "pinflow certs --data" in failure.value.stderr
    with pytest.raises(CommandFailed) as failure:
        command("up", "--data", tmp_path / "data", "--http", "ftp://127.0.0.1:0", "--console", "127.0.0.1:0")
    assert "listen.http" in failure.value.stderr


def test_certs_of_the_data_folder_are_found_by_server_and_commands(make_server, tmp_path):
    data = tmp_path / "data"
    command("certs", "--data", data)
    server = make_server(http="https://127.0.0.1:0", console="https://127.0.0.1:0", data=data)
    assert server.http.startswith("https://") and server.console.startswith("https://")
    command("produce", "t", "--data", data, input="a\nb\n")
    command("drain", "--data", data)
    assert command("sql", "--data", data, "--format", "csv", 'SELECT count(*) AS n FROM raw."t"').stdout == "n\n2\n"
    assert command("tail", "t", "--data", data, "--count", "2").stdout.count("\n") == 2
    assert "t" in command("topics", "list", "--data", data).stdout
    with pytest.raises(CommandFailed) as failure:
        command("tables", "--url", server.console, cwd=tmp_path.parent)
    assert "--ca" in failure.value.stderr
    command("tables", "--url", server.console, "--ca", data / "certs/ca.crt", cwd=tmp_path.parent)


def test_requests_posts_over_one_connection(tls_server, folder):
    before = metric(tls_server, folder, "pinflow_http_tls_handshakes_total")
    with requests.Session() as session:
        for n in range(200):
            answer = session.post(tls_server.https + "/topics/kept", records(2), headers=HEADERS, timeout=20,
                                  verify=folder / "ca.crt")
            assert [entry["offset"] for entry in answer.json()["offsets"]] == [2 * n, 2 * n + 1]
        assert session.get(tls_server.https + "/topics/kept", verify=folder / "ca.crt").status_code == 200
    assert metric(tls_server, folder, "pinflow_http_tls_handshakes_total") == before + 1
    plain = requests.post(tls_server.http + "/topics/kept", records(1), headers=HEADERS, timeout=20)
    assert plain.json()["offsets"][0]["offset"] == 400


def test_who_does_not_know_the_ca_refuses(tls_server, folder):
    before = metric(tls_server, folder, "pinflow_http_tls_failures_total")
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(tls_server.https + "/topics", timeout=20)
    assert metric(tls_server, folder, "pinflow_http_tls_failures_total") == before + 1


def test_curl(tls_server, folder):
    def curl(*arguments, check=True):
        return subprocess.run(["curl", "-sS", "-m", "30", "-w", "%{http_code} %{http_version}", *arguments], check=check,
                              capture_output=True, text=True)
    url = f"https://localhost:{place(tls_server.https)[1]}/topics"
    for version in ("--tlsv1.3", "--tls-max 1.2"):
        done = curl("--cacert", folder / "ca.crt", *version.split(), url)
        assert done.stdout.endswith("200 2"), done
        done = curl("--cacert", folder / "ca.crt", "--http1.1", *version.split(), url)
        assert done.stdout.endswith("200 1.1"), done
    assert curl("--cacert", folder / "ca.crt", "--tls-max", "1.1", url, check=False).returncode != 0
    spoken_plainly = curl(url.replace("https://", "http://"))
    assert spoken_plainly.stdout.endswith("400 1.1") and "https://" in spoken_plainly.stdout


def test_negotiation(tls_server, folder):
    context = ssl.create_default_context(cafile=folder / "ca.crt")
    context.set_alpn_protocols(["h2", "http/1.1"])
    with connect(tls_server, folder, context) as first:
        assert first.version() == "TLSv1.3" and first.selected_alpn_protocol() == "h2"
        assert first.cipher()[0] == "TLS_AES_128_GCM_SHA256"
    context = ssl.create_default_context(cafile=folder / "ca.crt")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with connect(tls_server, folder, context) as second:
        assert second.cipher()[0].startswith("ECDHE-") and second.compression() is None
        assert not second.session_reused
        again = context.wrap_socket(socket.create_connection(place(tls_server.https)), server_hostname="localhost",
                                    session=second.session)
        assert again.session_reused
        again.close()


def test_large_bodies_both_ways(tls_server, folder):
    values = [{"text": f"{n:07d}" * 1000} for n in range(1000)]  # 7 MB
    body = json.dumps({"records": [{"value": value} for value in values]})
    ca = folder / "ca.crt"
    answer = requests.post(tls_server.https + "/topics/large", body, headers=HEADERS, verify=ca, timeout=60)
    assert answer.status_code == 200, answer.text
    asked = {"sql": 'SELECT value FROM raw."large" ORDER BY "offset"', "format": "ndjson"}
    rows = requests.post(tls_server.console + "/api/sql", json=asked, verify=ca, timeout=60).text
    assert [json.loads(json.loads(row)["value"]) for row in rows.split("\n") if row] == values


def test_nonsense_and_half_open_connections_touch_nobody(tls_server, folder):
    before = metric(tls_server, folder, "pinflow_http_tls_failures_total")
    for sent in (b"\x16\x03\x01", b"\x16\x03\x01\x00\x05hello", b"\x16" * 5000, b"\x00\x00\x00\x10kafka"):
        with socket.create_connection(place(tls_server.https), timeout=20) as client:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            while client.recv(4096):
                pass
    memory = tls_server.memory_bytes()
    idle = [socket.create_connection(place(tls_server.https), timeout=20) for _ in range(500)]
    for client in idle[:250]:
        client.sendall(b"\x16\x03\x01\x02\x00")
    answer = requests.get(tls_server.https + "/topics", verify=folder / "ca.crt", timeout=20)
    assert answer.status_code == 200
    assert tls_server.memory_bytes() - memory < 500 * 64 * 1024
    for client in idle:
        client.close()
    for _ in range(100):
        if metric(tls_server, folder, "pinflow_http_tls_failures_total") >= before + 254:
            break
        time.sleep(0.1)
    assert metric(tls_server, folder, "pinflow_http_tls_failures_total") == before + 254


def test_emulate(tls_server, folder):
    done = command("emulate", "--to", tls_server.https + "/test", "--via", "both", "--ca", folder / "ca.crt", "--id", "tls",
                   "--rows", "20", "--as-fast-as-possible", "--connections", "4", "--format", "json")
    summary = json.loads(done.stdout)
    assert summary["accepted"] == summary["records"] == 120, summary


def test_changed_certificate_is_taken_up(make_server, tmp_path):
    data = tmp_path / "data"
    command("certs", "--data", data)
    server = make_server(http="https://127.0.0.1:0", data=data)
    server.https = server.http
    certs = data / "certs"

    def shown():
        with connect(server, certs) as client:
            return client.getpeercert(binary_form=True)

    first, stop, failures = shown(), threading.Event(), []

    def post():
        with requests.Session() as session:
            while not stop.is_set():
                answer = session.post(server.https + "/topics/t", records(1), headers=HEADERS, verify=certs / "ca.crt")
                if answer.status_code != 200:
                    failures.append(answer.text)
    load = threading.Thread(target=post)
    load.start()
    command("certs", "--data", data, "--force")
    deadline = time.monotonic() + 20
    while shown() == first and time.monotonic() < deadline:
        time.sleep(0.2)
    second = shown()
    (certs / "server.crt").write_text("nothing of use")
    time.sleep(6)
    assert shown() == second != first
    assert "stays as it was" in server.log_tail()
    stop.set()
    load.join()
    assert not failures


def test_client_certificates(make_tls_server, folder):
    server = make_tls_server("--tls-client-ca", folder / "ca.crt")
    ca, mine = folder / "ca.crt", (folder / "loader.crt", folder / "loader.key")
    assert requests.get(server.https + "/topics", verify=ca, cert=mine, timeout=20).status_code == 200
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(server.https + "/topics", verify=ca, timeout=20)
    assert "client certificate" in server.log_tail()
    assert requests.get(server.http + "/topics", timeout=20).status_code == 200
    with pytest.raises(CommandFailed):
        server.run("tables", "--ca", ca)
    server.run("tables", "--ca", ca, "--cert", mine[0], "--key", mine[1])
