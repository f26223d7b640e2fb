#!/usr/bin/env python3
"""./dev fuzz: runs the libFuzzer targets, each for a bounded time.

Usage: ./dev fuzz [NAME…] [--seconds N]
  NAME       the targets to run (http_fuzz …); all without it
  --seconds  how long each runs, 60 by default

What a run learns is kept in build/fuzz-corpus/NAME; an input that crashes lies in build/fuzz-crashes, with the command
that replays it.
"""
import argparse
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SETTINGS = ["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0", "-use_value_profile=1"]


def run(target, seconds):
    corpus, crashes = ROOT / "build/fuzz-corpus" / target.name, ROOT / "build/fuzz-crashes"
    corpus.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(parents=True, exist_ok=True)
    command = [target, corpus, *SETTINGS, f"-max_total_time={seconds}", f"-artifact_prefix={crashes}/{target.name}-"]
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", cwd=ROOT)
    runs = next((line.split()[-1] for line in result.stderr.splitlines() if "number_of_executed_units" in line), "?")
    print(f"{target.name}: {runs} inputs in {seconds} s, {'no finding' if result.returncode == 0 else 'CRASHED'}", flush=True)
    if result.returncode:
        print(result.stderr[-6000:])
        print(f"replay: {target.relative_to(ROOT)} build/fuzz-crashes/{target.name}-…")
    return result.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    targets = {path.name: path for path in sorted((ROOT / "build/fuzz/src").glob("*/*_fuzz")) if path.is_file()}
    unknown = [name for name in options.names if name not in targets]
    if unknown or not targets:
        sys.exit(f"fuzz: no target {' '.join(unknown)}; there are: {' '.join(targets) or 'none'}")
    results = [run(targets[name], options.seconds) for name in options.names or targets]
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
