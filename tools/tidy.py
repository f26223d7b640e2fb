#!/usr/bin/env python3
"""./dev tidy: what reviewers should not have to look for. Prints one line per finding; exit 1 if there is any.

  folders     includes and libraries go one way, along the table in ARCHITECTURE.md
  sizes       functions and files stay small; tools/size_budget.txt lists the exceptions, which may only shrink
  banned      constructs this code base does without, each with what to use instead
  dead        sources no CMakeLists.txt names, headers nobody includes, documents nobody links to
  documents   links resolve, one title each, nothing of one's own machine
  format      clang-format-19

Usage: ./dev tidy [--shrink]    --shrink rewrites tools/size_budget.txt to today's smaller sizes
"""
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import tidy_cpp
import tidy_docs

ROOT = pathlib.Path(__file__).resolve().parent.parent


def tracked(root):
    """Files git knows or would add: what is ignored is nobody's business."""
    listing = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=root,
                             capture_output=True, text=True, check=True).stdout.splitlines()
    return [root / name for name in sorted(set(listing)) if (root / name).is_file()]


def check_format(root, files):
    sources = [str(f.relative_to(root)) for f in tidy_cpp.sources(root, files)]
    halves = [half for half in (sources[0::2], sources[1::2]) if half]

    def run(half):
        return subprocess.run(["clang-format-19", "--dry-run", "--Werror", *half], cwd=root, capture_output=True,
                              text=True).stderr

    with ThreadPoolExecutor() as pool:
        errors = "".join(pool.map(run, halves))
    names = sorted({line.split(":")[0] for line in errors.splitlines() if " error: " in line})
    return [f"{name}: not formatted; run ./dev format" for name in names]


def main():
    if "--help" in sys.argv or "-h" in sys.argv:
        print(__doc__)
        return 0
    files = tracked(ROOT)
    if "--shrink" in sys.argv:
        tidy_cpp.shrink_budget(ROOT, files)
    findings = (tidy_cpp.check_folders(ROOT, files) + tidy_cpp.check_sizes(ROOT, files) +
                tidy_cpp.check_banned(ROOT, files) + tidy_cpp.check_dead(ROOT, files) +
                tidy_docs.check_documents(ROOT, files) + tidy_docs.check_machine_words(ROOT, files) +
                check_format(ROOT, files))
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} findings in {len(files)} files", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
