"""`pinflow objects` over files, and over S3: a real server (versitygw) and boto3 beside it, with --all."""
import hashlib
import json
import os
import subprocess
import sys

import pytest

from harness import ROOT, command
from harness.s3 import KEYS, minio_server, s3_server

BIG = bytes(range(256)) * 80_000  # 20 MB: three parts
# What URLs, XML and signatures may trip over.
KEYS_OF_OBJECTS = ["plain.json", "a b/c+d", "p=1%20x/y%2Fz", "q?x=1&y#z", "<xml>&amp;\"'", "[a];:@$,", "жи/漢", "~._-!*()",
                   "topics/a.pin/partition=0/a.pin+0+0000000000.json"]


# --- files -----------------------------------------------------------------------------------------------------------

def test_objects_in_a_folder(binary, tmp_path):
    url = f"file://{tmp_path}/store"
    (tmp_path / "big").write_bytes(BIG)
    assert json.loads(command("objects", "put", url, "t/x.json", input='{"a":1}\n').stdout)["size"] == 8
    command("objects", "put", url, "t/big", "--file", tmp_path / "big")
    assert (tmp_path / "store/t/x.json").read_text() == '{"a":1}\n'
    assert command("objects", "get", url, "t/x.json").stdout == '{"a":1}\n'
    command("objects", "get", url, "t/big", "--file", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == BIG
    taken = command("objects", "put", url, "t/x.json", "--if-absent", input="other", check=False)
    assert taken.returncode == 2 and "already" in taken.stderr
    listed = [json.loads(line) for line in command("objects", "ls", url, "--format", "ndjson").stdout.splitlines()]
    assert [(each["key"], each["size"]) for each in listed] == [("t/big", len(BIG)), ("t/x.json", 8)]
    rolled_up = command("objects", "ls", url, "--delimiter", "/", "--format", "ndjson").stdout
    assert json.loads(rolled_up) == {"prefix": "t/"}
    command("objects", "rm", url, "t/x.json")
    absent = command("objects", "get", url, "t/x.json", check=False)
    assert absent.returncode == 1 and "no object t/x.json" in absent.stderr


def test_what_is_wrong_is_said(binary, tmp_path):
    for url, said in [("/tmp/x", "file:///"), ("s3://bucket?regoin=x", "no parameter regoin"),
                      ("s3://x", "no bucket's name")]:
        refused = command("objects", "ls", url, check=False)
        assert refused.returncode == 1 and said in refused.stderr, refused.stderr
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    run = [binary, "objects", "ls", "s3://bucket?endpoint=http://127.0.0.1:1&attempts=1"]
    refused = subprocess.run(run, env=bare, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1 and "AWS_ACCESS_KEY_ID" in refused.stderr
    refused = subprocess.run(run, env={**bare, **KEYS}, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1 and "127.0.0.1:1 does not answer" in refused.stderr


# --- S3 --------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module", params=[s3_server, minio_server], ids=["versitygw", "minio"])
def s3(request, binary, tmp_path_factory):
    if not request.config.getoption("--all"):
        pytest.skip("S3 is not tried: real servers are built and started only with --all")
    with request.param(tmp_path_factory.mktemp("s3")) as server:
        server.client.create_bucket(Bucket="tests")
        server.client.create_bucket(Bucket="conformance")
        yield server


def test_the_conformance_suite_over_s3(s3):
    """The suite that files pass, and answers lost, cut and refused on their way from the server."""
    program = ROOT / "build/dev/src/objects/objects_test"
    assert program.exists(), f"{program} is missing: ./dev build dev"
    environment = {**s3.environment, "PINFLOW_TEST_S3_URL": f"s3://conformance?endpoint={s3.endpoint}",
                   "PINFLOW_TEST_S3_FOLDERS": s3.folders}
    done = subprocess.run([program, "--gtest_filter=*Server*"], env=environment, capture_output=True, text=True,
                          timeout=580)
    sys.stdout.write(done.stdout[-20_000:])
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "[  PASSED  ] 0 tests" not in done.stdout and "ServerWithFaults" in done.stdout


def test_boto3_reads_what_pinflow_wrote(s3):
    url = s3.url("tests", "ours")
    for key in KEYS_OF_OBJECTS:
        s3.objects("put", url, key, input=key.encode())
        object = s3.client.get_object(Bucket="tests", Key="ours/" + key, ChecksumMode="ENABLED")
        assert object["Body"].read() == key.encode(), key
        assert object.get("ChecksumCRC32C"), "its checksum is kept"
    s3.objects("put", url, "big", input=BIG)
    object = s3.client.get_object(Bucket="tests", Key="ours/big")
    assert hashlib.sha256(object["Body"].read()).digest() == hashlib.sha256(BIG).digest()
    assert object["ETag"].strip('"').endswith("-3"), "it came in three parts"
    assert not s3.client.list_multipart_uploads(Bucket="tests").get("Uploads")


def test_pinflow_reads_what_boto3_wrote(s3, tmp_path):
    url = s3.url("tests", "theirs")
    for key in KEYS_OF_OBJECTS:
        s3.client.put_object(Bucket="tests", Key="theirs/" + key, Body=key.encode())
        assert s3.objects("get", url, key).stdout == key.encode()
    listed = [json.loads(line) for line in s3.objects("ls", url, "--format", "ndjson").stdout.splitlines()]
    assert [each["key"] for each in listed] == sorted(KEYS_OF_OBJECTS, key=str.encode)
    (tmp_path / "big").write_bytes(BIG)
    s3.client.upload_file(str(tmp_path / "big"), "tests", "theirs/big")
    assert s3.objects("get", url, "big").stdout == BIG
    theirs = s3.client.list_objects_v2(Bucket="tests", Prefix="theirs/")["Contents"]
    assert {each["Key"]: each["ETag"].strip('"') for each in theirs if "big" not in each["Key"]} == {
        "theirs/" + each["key"]: each["etag"] for each in listed}


def test_who_was_first_keeps_the_key(s3):
    url = s3.url("tests", "race")
    s3.client.put_object(Bucket="tests", Key="race/log/1", Body=b"boto3")
    taken = s3.objects("put", url, "log/1", "--if-absent", input=b"pinflow", check=False)
    assert taken.returncode == 2 and b"already" in taken.stderr
    assert s3.objects("get", url, "log/1").stdout == b"boto3"
    s3.objects("put", url, "log/2", "--if-absent", input=b"pinflow")
    with pytest.raises(s3.client.exceptions.ClientError) as refused:
        s3.client.put_object(Bucket="tests", Key="race/log/2", Body=b"boto3", IfNoneMatch="*")
    assert refused.value.response["Error"]["Code"] == "PreconditionFailed"


def test_refusals_of_the_server_say_what_to_do(s3, tmp_path):
    wrong = {**s3.environment, "AWS_SECRET_ACCESS_KEY": "wrong"}
    refused = s3.objects("ls", s3.url("tests"), check=False, environment=wrong)
    assert refused.returncode == 1 and b"credentials" in refused.stderr, refused.stderr
    missing = s3.objects("ls", s3.url("no-such-bucket"), check=False)
    assert missing.returncode == 1 and b"first, or name another" in missing.stderr, missing.stderr
    missing = s3.objects("get", s3.url("no-such-bucket"), "x", check=False)
    assert missing.returncode == 1 and b"no bucket" in missing.stderr, missing.stderr
    absent = s3.objects("get", s3.url("tests"), "nothing", check=False)
    assert absent.returncode == 1 and b"no object" in absent.stderr, absent.stderr


def test_a_server_with_tls_is_trusted_by_its_ca_alone(s3, tmp_path):
    command("certs", "--folder", tmp_path / "certs")
    flags = ["--cert", tmp_path / "certs/server.crt", "--key", tmp_path / "certs/server.key"]
    with s3_server(tmp_path / "tls", *flags, scheme="https") as server:
        refused = server.objects("ls", server.url("tests"), check=False)
        assert refused.returncode == 1 and b"not trusted" in refused.stderr, refused.stderr
        ca = tmp_path / "certs/ca.crt"
        missing = server.objects("ls", server.url("tests", ca=ca), check=False)
        assert missing.returncode == 1 and b"NoSuchBucket" in missing.stderr, missing.stderr
        by_environment = {**server.environment, "AWS_CA_BUNDLE": str(ca)}
        missing = server.objects("ls", server.url("tests"), check=False, environment=by_environment)
        assert missing.returncode == 1 and b"NoSuchBucket" in missing.stderr, missing.stderr


def test_keys_from_a_profile(s3, tmp_path):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text(
        f"[work]\naws_access_key_id = {KEYS['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {KEYS['AWS_SECRET_ACCESS_KEY']}\n")
    (tmp_path / ".aws/config").write_text("[profile work]\nregion = us-east-1\n")
    home = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    s3.objects("put", s3.url("tests", "profile", profile="work"), "x", input=b"1", environment=home)
    s3.objects("get", s3.url("tests", "profile"), "x", environment={**home, "AWS_PROFILE": "work"})
