#!/usr/bin/env python3
"""Fetches DuckDB's shared library (npm) and its C header (PyPI source package), both pinned and checksummed.

Usage: fetch_duckdb.py TARGET_DIR
Result: TARGET_DIR/lib/libduckdb.so and TARGET_DIR/include/duckdb.h. Does nothing when they are already there.
The package indexes are the ones pip and npm are configured with.
"""
import hashlib
import io
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
import urllib.request

VERSION = "1.5.6"
NPM_PACKAGE = "@duckdb/node-bindings-linux-x64@1.5.6-r.1"
LIBRARY_SHA256 = "3f4962cdd266eab2b479a5b5a4a6d063d279b2954ae814ed00385d553b747633"
SDIST = f"duckdb-{VERSION}.tar.gz"
SDIST_SHA256 = "166a91dbfacfc0c9f08cc76c0243cb6d3d4296bfab5bad72a3cfb63140a5b7c8"
HEADER_IN_SDIST = "src/include/duckdb.h"


def check(data: bytes, sha256: str, what: str) -> bytes:
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        sys.exit(f"fetch_duckdb: {what} has SHA-256 {found}, expected {sha256}. Delete it and try again; "
                 "if it stays wrong, the package index serves another file than the pinned one.")
    return data


def fetch_library() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", NPM_PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        archive = next(pathlib.Path(folder).glob("*.tgz"))
        with tarfile.open(archive) as package:
            return check(package.extractfile("package/libduckdb.so").read(), LIBRARY_SHA256, "libduckdb.so")


def index_url() -> str:
    configured = subprocess.run([sys.executable, "-m", "pip", "config", "get", "global.index-url"],
                                capture_output=True, text=True).stdout.strip()
    if os.environ.get("PIP_INDEX_URL") or configured:
        return os.environ.get("PIP_INDEX_URL") or configured
    from pip._internal.models.index import PyPI  # pip's own default, so that no address is repeated here
    return PyPI.simple_url


def fetch_header() -> bytes:
    # Not `pip download`: for a source package it builds DuckDB's metadata, which takes minutes.
    page_url = f"{index_url().rstrip('/')}/duckdb/"
    page = urllib.request.urlopen(page_url, timeout=60).read().decode()
    link = re.search(rf'href="([^"]*/{re.escape(SDIST)})[#"]', page)
    if not link:
        sys.exit(f"fetch_duckdb: the package index lists no {SDIST}")
    url = urllib.parse.urljoin(page_url, link.group(1))
    sdist = check(urllib.request.urlopen(url, timeout=300).read(), SDIST_SHA256, SDIST)
    with tarfile.open(fileobj=io.BytesIO(sdist)) as package:
        member = next(m for m in package if m.name.endswith(HEADER_IN_SDIST))
        return package.extractfile(member).read()


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = pathlib.Path(sys.argv[1])
    stamp = target / f"version-{VERSION}"
    if stamp.exists():
        return
    for folder, name, fetch in (("lib", "libduckdb.so", fetch_library), ("include", "duckdb.h", fetch_header)):
        print(f"fetching DuckDB {VERSION} {name} …", file=sys.stderr)
        (target / folder).mkdir(parents=True, exist_ok=True)
        (target / folder / name).write_bytes(fetch())
    stamp.touch()


main()
