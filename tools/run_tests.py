#!/usr/bin/env python3
"""./dev test: unit tests (ctest, sanitizers) and black-box tests (pytest, the release binary).

Usage: ./dev test [--all | --unit] [-k WORD]
  --all   also what needs other programs or much time: Spark, delta-rs, MariaDB, Kafka's own tools, Connect, Streams,
          Flink, an S3 server, the test suites of Kafka clients, 200 kills, 10,000 connections, full disks
  --unit  only what needs no built program: unit tests and the tests of tools/
  -k      only tests whose name contains WORD

The last line is 'N passed, N failed, N skipped'; the exit code is 1 if anything failed.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parent.parent
REPORTS = ROOT / "build/test-reports"
# What the code under test logs; thousands of lines of it hide the few that say what failed.
LOG_LINE = re.compile(r"^\[\d{4}-\d\d-\d\d [\d:.]+\] \[(debug|info|warning|error)\] ")

MESSAGE_CHARS = 2000


class Totals:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], []

    def add_junit(self, path):
        for case in xml.parse(path).getroot().iter("testcase"):
            name = f"{case.get('classname', '')}.{case.get('name')}"
            failure = case.find("failure") if case.find("failure") is not None else case.find("error")
            if failure is not None:
                self.failed.append(f"{name}: {failure.get('message', '')[:MESSAGE_CHARS]}")
            elif (skipped := case.find("skipped")) is not None:
                self.skipped.append(f"{name}: {skipped.get('message', '')}")
            elif case.get("status") != "notrun":
                self.passed += 1


def run_unit_tests(totals, word):
    folder = ROOT / "build/dev"
    command = ["ctest", "--output-on-failure", "-j2", "--timeout", "600"] + (["-R", word] if word else [])
    # ctest counts programs; each part of one writes its own report, from which tests are counted.
    shutil.rmtree(folder / "reports", ignore_errors=True)
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    sys.stdout.writelines(line for line in result.stdout.splitlines(keepends=True) if not LOG_LINE.match(line))
    sys.stderr.write(result.stderr)
    if result.returncode:
        print(f"What the tests logged: {folder.relative_to(ROOT)}/Testing/Temporary/LastTest.log")
    reports = sorted((folder / "reports").glob("*.xml"))
    for report in reports:
        totals.add_junit(report)
    if result.returncode and not totals.failed:
        totals.failed.append("ctest: a test program ended without a report (crash or time-out), see above")
    if not reports and not word:
        totals.failed.append("ctest: no unit test ran")


def run_black_box(totals, everything, word, folders):
    venv = ROOT / ("build/venv-all" if everything else "build/venv")
    report = REPORTS / "pytest.junit"
    command = [venv / "bin/python", "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir", ".", *folders, "-q", "-rs", f"--junitxml={report}", "--durations=8"]
    command += ["--all"] if everything and "tests" in folders else []
    command += ["-k", word] if word else []
    code = subprocess.run(command, cwd=ROOT).returncode
    if report.exists():
        totals.add_junit(report)
    elif code not in (0, 5):
        totals.failed.append(f"pytest ended with {code} and no report")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="the slow ones too")
    parser.add_argument("--unit", action="store_true", help="without the built program")
    parser.add_argument("-k", metavar="WORD", default="", help="only tests whose name contains WORD")
    options = parser.parse_args()
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    totals = Totals()
    run_unit_tests(totals, options.k)
    run_black_box(totals, options.all, options.k, ["tools"] if options.unit else ["tests", "tools"])
    for name in totals.failed:
        print(f"FAILED {name}")
    for name in totals.skipped:
        print(f"SKIPPED {name}")
    print(f"{totals.passed} passed, {len(totals.failed)} failed, {len(totals.skipped)} skipped")
    return 1 if totals.failed or not totals.passed else 0


if __name__ == "__main__":
    sys.exit(main())
