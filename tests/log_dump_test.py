#!/usr/bin/env python3
"""Kafka's own DumpLogSegments reads what the log writes: tests/log_dump_test.py BUILD_FOLDER

Needs java and mvn; without them it says so and exits with 77 (skipped).
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def classpath() -> str:
    kept = ROOT / "build" / "java" / "log_dump.classpath"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mvn", "-q", "-B", "dependency:build-classpath", f"-Dmdep.outputFile={kept}"],
                       cwd=ROOT / "tests" / "log_dump", check=True, timeout=500)
    return kept.read_text()


def dump(path: pathlib.Path, *options: str) -> str:
    done = subprocess.run(["java", "-Xmx256m", "-cp", classpath(), "kafka.tools.DumpLogSegments", "--files", str(path), *options],
                          capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        sys.exit(f"DumpLogSegments failed on {path}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def check(folder: pathlib.Path, records: int) -> None:
    seen = 0
    for segment in sorted(folder.glob("*.log")):
        text = dump(segment, "--deep-iteration", "--print-data-log")
        if "isvalid: false" in text or "Found invalid messages" in text:
            sys.exit(f"{segment}: {text[-2000:]}")
        seen += text.count("payload: record ")
    if seen != records:
        sys.exit(f"DumpLogSegments found {seen} records where {records} were written")
    for index in sorted([*folder.glob("*.index"), *folder.glob("*.timeindex")]):
        for options in (["--index-sanity-check"], ["--verify-index-only"]):
            text = dump(index, *options)
            if "Mismatches" in text or "Index timestamp mismatch" in text or "not found" in text or "out of order" in text:
                sys.exit(f"{index}: {text[-2000:]}")
    for snapshot in folder.glob("*.snapshot"):
        dump(snapshot)


def main() -> None:
    if not shutil.which("java") or not shutil.which("mvn"):
        print("SKIPPED: java or mvn is missing, Kafka's DumpLogSegments was not run", file=sys.stderr)
        sys.exit(77)
    helper = pathlib.Path(sys.argv[1]) / "log_sample"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([helper, folder], check=True, timeout=60)
        check(pathlib.Path(folder) / "sample-0", 500)
    print("DumpLogSegments accepts logs, indexes and snapshots; 500 records")


if __name__ == "__main__":
    main()
