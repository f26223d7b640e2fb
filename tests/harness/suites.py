"""Other people's test suites of Kafka clients, fetched from the registries they are published in and built here."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tarfile

import pytest

from .others import need
from .server import ROOT

SUITES = ROOT / "build/suites"
LIBRDKAFKA = "2.0.2"
LIBRDKAFKA_SOURCE = (f"librdkafka_{LIBRDKAFKA}.orig.tar.gz",
                     "f321bcb1e015a34114c83cf1aa7b99ee260236aab096b85c003170c90a47ca9d")
FRANZ_GO = ("github.com/twmb/franz-go", "v1.22.2", "h1:EdwIHGzD/4mgCpl/sNS0C74JYn6cL/r2KYS+8UC96Ww=")
GO_TOOLCHAIN = ("golang.org/toolchain", "v0.0.1-go1.26.0.linux-amd64",  # where Debian's Go is older than franz-go wants
                "h1:1p2G5COR51f8Q3EQ4HLJQDDL2ytLEqfL/yTawB0Jr8w=")


def run(command, folder, environment=None, timeout=580):
    """Its output; a failure shows the end of it."""
    done = subprocess.run([str(word) for word in command], cwd=folder, env={**os.environ, **(environment or {})},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=timeout)
    assert done.returncode == 0, f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout[-4000:]}"
    return done.stdout


def fetched(command, folder, what):
    """Runs what downloads. Without a network the tests of the suite are skipped, loudly."""
    try:
        return run(command, folder)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"{what} could not be fetched: {str(error)[-500:]}")


def cores():
    return str(len(os.sched_getaffinity(0)))


# --- librdkafka: the source package of Debian 12 ---------------------------------------------------------------------

def source_entries():
    """This machine's Debian archives, as places of source packages."""
    entries = []
    lists = pathlib.Path("/etc/apt")
    for path in [lists / "sources.list", *sorted((lists / "sources.list.d").glob("*"))]:
        text = path.read_text() if path.is_file() else ""
        if path.suffix == ".sources":
            stanzas = [each for each in text.split("\n\n") if "debian.org" in each and "security" not in each]
            entries += [(".sources", each.replace("Types: deb\n", "Types: deb-src\n")) for each in stanzas]
        elif path.suffix == ".list":
            lines = [line for line in text.splitlines() if line.startswith("deb ") and "debian.org" in line]
            entries += [(".list", line.replace("deb ", "deb-src ", 1)) for line in lines]
    return entries


def download_source(package, folder):
    """By apt-get, with lists of its own: nothing of the system is changed."""
    apt = folder / "apt"
    for each in ("lists/partial", "cache/archives/partial", "sources"):
        (apt / each).mkdir(parents=True, exist_ok=True)
    for number, (suffix, text) in enumerate(source_entries()):
        (apt / "sources" / f"{number}{suffix}").write_text(text + "\n")
    options = {"Dir::Etc::sourcelist": "/dev/null", "Dir::Etc::sourceparts": apt / "sources",
               "Dir::State::lists": apt / "lists", "Dir::Cache": apt / "cache", "APT::Sandbox::User": "root"}
    apt_get = ["apt-get", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
    fetched([*apt_get, "update"], folder, f"the list of source packages, for {package},")
    fetched([*apt_get, "source", "--download-only", package], folder, package)
    shutil.rmtree(apt)


def librdkafka_tests():
    """The folder of the built test-runner."""
    folder = SUITES / f"librdkafka-{LIBRDKAFKA}"
    if (folder / "built").exists():
        return folder / "tests"
    need("make"), need("g++")
    shutil.rmtree(folder, ignore_errors=True)
    SUITES.mkdir(parents=True, exist_ok=True)
    name, checksum = LIBRDKAFKA_SOURCE
    if not (SUITES / name).exists():
        download_source(f"librdkafka={LIBRDKAFKA}-1", SUITES)
    assert hashlib.sha256((SUITES / name).read_bytes()).hexdigest() == checksum, f"{SUITES / name} is not what it was"
    with tarfile.open(SUITES / name) as archive:
        archive.extractall(SUITES)
    run(["./configure", "--disable-curl", "--disable-gssapi"], folder)
    run(["make", "-j", cores(), "libs"], folder)
    run(["make", "-j", cores(), "-C", "tests", "build"], folder)
    (folder / "built").touch()
    return folder / "tests"


# --- franz-go: a module of Go ----------------------------------------------------------------------------------------

def go():
    """A go that is new enough: the machine's own, else the toolchain that Go publishes as a module."""
    need("go")
    version = run(["go", "env", "GOVERSION"], ROOT).strip()
    if tuple(int(part) for part in version.removeprefix("go").split(".")[:2]) >= (1, 21):
        return "go"  # fetches by itself what a module asks for
    toolchain = downloaded_module("go", *GO_TOOLCHAIN)
    for program in [*toolchain.glob("bin/*"), *toolchain.glob("pkg/tool/*/*")]:
        program.chmod(0o755)
    return toolchain / "bin/go"


def downloaded_module(program, path, version, checksum):
    """The folder that it lies in."""
    module = json.loads(fetched([program, "mod", "download", "-json", f"{path}@{version}"], SUITES, path))
    assert module["Sum"] == checksum, f"{path} {version} is not what it was: {module['Sum']}"
    return pathlib.Path(module["Dir"])


def kgo_tests():
    """The built tests of franz-go's pkg/kgo, and the folder to run them in."""
    folder = SUITES / f"franz-go-{FRANZ_GO[1]}"
    program = folder / "kgo.test"
    if program.exists():
        return program, folder / "pkg/kgo"
    SUITES.mkdir(parents=True, exist_ok=True)
    compiler = go()
    module = downloaded_module(compiler, *FRANZ_GO)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(module, folder)
    run(["chmod", "-R", "u+w", folder], SUITES)
    run([compiler, "test", "-c", "-o", program, "./pkg/kgo"], folder)
    return program, folder / "pkg/kgo"


# --- small programs of our own, with libraries that their lock files pin -----------------------------------------------

def built_once(folder, sources, name, made_by=b""):
    """Where what is made of these sources is to be, and whether it is there already."""
    text = b"".join(path.read_bytes() for path in sorted(sources) if path.is_file())
    target = SUITES / f"{folder.name}-{hashlib.sha256(text + made_by).hexdigest()[:16]}"
    return target, (target / name).exists()


def go_program(folder, package="."):
    """The program, or one of a module that the folder's pins; go.sum says what its modules must be."""
    target, there = built_once(folder, folder.iterdir(), folder.name)
    if not there:
        target.mkdir(parents=True, exist_ok=True)
        compiler = go()
        fetched([compiler, "mod", "download"], folder, f"what {folder.name} needs")
        run([compiler, "build", "-mod=readonly", "-o", target / f"{folder.name}.new", package], folder)
        os.replace(target / f"{folder.name}.new", target / folder.name)
    return target / folder.name


def node_packages(folder):
    """The environment for the programs of the folder; package-lock.json says what its packages must be, allowScripts of
    package.json which of them are compiled: for this very node, which may be one other than yesterday's."""
    need("node"), need("npm")
    sources = list(folder.glob("package*.json"))
    target, there = built_once(folder, sources, "node_modules", run(["node", "--version"], folder).encode())
    if not there:
        new = target.with_name(f"{target.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        for path in sources:
            shutil.copy(path, new)
        fetched(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], new, f"what {folder.name} needs")
        for package in json.loads((folder / "package.json").read_text()).get("allowScripts", []):
            compile_addon(new, package)
        shutil.rmtree(target, ignore_errors=True)
        os.replace(new, target)
    return {"NODE_PATH": str(target / "node_modules")}


def compile_addon(folder, package):
    """With node's own headers and Debian's libraries: nothing but npm's packages is fetched."""
    need("make"), need("g++")
    prefix = pathlib.Path(shutil.which("node")).resolve().parent.parent
    assert (prefix / "include/node/node.h").exists(), f"node's headers are missing in {prefix}: Debian has them in libnode-dev"
    settings = {"npm_config_nodedir": str(prefix), "npm_config_build_from_source": "true", "CKJS_LINKING": "dynamic",
                "MAKEFLAGS": f"-l{cores()}"}  # confluent's runs make -j, without a limit
    run(["npm", "rebuild", package], folder, settings, timeout=1800)
    for path in [*folder.rglob("*.o"), *folder.rglob("*.a")]:
        path.unlink()  # most of some 500 MB
