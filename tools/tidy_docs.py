"""The rules of ./dev tidy for documents, and for words that belong to one machine only."""
import re
import subprocess
import sys
import urllib.parse

from tidy_cpp import relative

LINK = re.compile(r"(?<!!)!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
# Character classes keep this file from finding itself.
MACHINE_PATHS = re.compile(r"(?<![\w.~$}])/([w]ork|[r]oot|[h]ome/[a-z]\w*|tmp/[p]lan|tmp/[b]ash_jobs)(?=/|\b)")


def without_code(text):
    return re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.M | re.S)


def anchor(heading):
    words = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return words.replace(" ", "-")


def check_documents(root, files):
    documents = {relative(root, f): f for f in files if f.suffix == ".md"}
    findings, linked = [], set()
    for name, file in documents.items():
        text = without_code(file.read_text())
        titles = re.findall(r"^# (.+)$", text, re.M)
        if len(titles) != 1:
            findings.append(f"{name}: {len(titles)} titles (# …); a document has one")
        for target in LINK.findall(re.sub(r"`[^`]*`", "", text)):
            findings += check_link(root, name, file, target, linked)
    for name in documents:
        if name.startswith("docs/") and name not in linked and not name.endswith("README.md"):
            findings.append(f"{name}: no document links to it; list it in docs/README.md")
    return findings


def check_link(root, name, file, target, linked):
    if re.match(r"[a-z]+:", target):
        return []
    path, _, fragment = target.partition("#")
    found = (file.parent / urllib.parse.unquote(path)).resolve() if path else file.resolve()
    if not found.exists() or not found.is_relative_to(root.resolve()):
        return [f"{name}: the link {target} leads nowhere"]
    if found != file.resolve():
        linked.add(found.relative_to(root.resolve()).as_posix())
    if fragment and found.suffix == ".md":
        anchors = {anchor(h) for h in re.findall(r"^#+ (.+)$", found.read_text(), re.M)}
        if fragment not in anchors:
            return [f"{name}: {target} names no heading there"]
    return []


def registry_hosts():
    """Where this machine's pip gets packages from: nobody else's business."""
    configured = subprocess.run([sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True,
                                text=True).stdout
    return [h for h in re.findall(r"//(?:[^@/\s]*@)?([^/:\s]+)", configured) if "." in h or "-" in h]


def check_machine_words(root, files):
    hosts = registry_hosts()
    findings = []
    for file in files:
        data = file.read_bytes()
        if b"\0" in data[:1000] or file.suffix in (".jsonl", ".svg") or file.name == "LICENSE":
            continue
        for number, line in enumerate(data.decode(errors="replace").splitlines(), 1):
            if match := MACHINE_PATHS.search(line):
                findings.append(f"{relative(root, file)}:{number}: {match.group()} is a path of one machine")
            findings += [f"{relative(root, file)}:{number}: {host} is one machine's package index" for host in hosts
                         if host in line]
    return findings
