"""The rules of ./dev tidy for C++ files. Every check returns findings as "path:line: what and what to do"."""
import re

from cpp_text import blank_out, functions

BUDGET = "tools/size_budget.txt"
FILE_LINES, FILE_LINES_EVER = 300, 500
FUNCTION_LINES, FUNCTION_LINES_EVER = 50, 70
OWN_INCLUDE = re.compile(r'^\s*#include "(([a-z_]+)/[^"]+)"', re.M)
INCLUDE = re.compile(r'^\s*#include [<"]([^>"]+)[>"]', re.M)

# Libraries that one part of the program hides from the rest.
ONLY_IN = {
    "duckdb.h": ("engine",),
    "CLI/": ("app", "main.cpp"),
    "expat.h": ("objects",),
    "mysql": ("emulator",),
    "mariadb": ("emulator",),
    "librdkafka": ("importer",),
    "roaring/": ("delta",),
}

TEST = r"_test\.cpp$|_fuzz\.cpp$|_bench\.cpp$|/test_\w+\.h$"
# (pattern over code without comments and strings, what to do instead, paths where it is right)
BANNED = [
    (r"std::(format|print|println|vformat)\b|#include <(format|print|generator)>", "libstdc++ 12 lacks it: fmt", None),
    (r"\bs?rand\s*\(", "std::mt19937_64 with a seed that is a parameter", None),
    (r"\bsleep_(for|until)\b|\b(u|nano)?sleep\s*\(", "wait on a condition or a timer", TEST),
    (r"\bPROT_WRITE\b", "pwrite: a full disk turns a write through mmap into SIGBUS", None),
    (r"using namespace std\s*;", "name what you use", None),
    (r"(?<![\w.>])(printf|fprintf|puts|fputs|putchar)\s*\(|std::(cout|cerr|clog)\b|fmt::print\b",
     "spdlog, or an output parameter; only the command line prints", r"^src/(app/|main\.cpp)|^bench/|" + TEST),
    (r"\bnew\s+[A-Za-z_:]", "std::make_unique or a value", r"^src/base/"),
    (r"\bdelete\s+[A-Za-z_*(]|\bdelete\[\]", "an owner that deletes: std::unique_ptr", r"^src/base/"),
    (r"\b(malloc|calloc|realloc|free)\s*\(", "std::vector or std::unique_ptr with a deleter", r"^src/engine/|^bench/|" + TEST),
    (r"\breinterpret_cast\b", "as_bytes, as_text, std::memcpy",
     r"^src/(base/|engine/|net/|log/compression|emulator/mysql)|^bench/load\.cpp|" + TEST),
    (r"catch\s*\(\s*\.\.\.\s*\)", "Result; exceptions are caught in main, a session and a job",
     r"^src/(main\.cpp|app/|net/|base/workers)"),
    (r"std::w?regex\b|#include <regex>", "a small parser, or RE2 by way of DuckDB", None),
    (r"\bstd::endl\b", r"'\\n'", None),
    (r"\.detach\s*\(\)", "join the thread: its owner must outlive it", None),
    (r"\b(system_clock|steady_clock|high_resolution_clock)::now\b|(?<![\w.>])time\s*\(\s*(nullptr|NULL|0)\s*\)",
     "a Clock parameter, so that tests decide what time it is", r"^src/base/clock\.cpp|^bench/|" + TEST),
    (r"\bgetenv\s*\(", "a setting in app's configuration", r"^src/app/|^bench/|" + TEST),
    (r"\bGTEST_SKIP\b|\bDISABLED_", "a test that runs; what needs other programs belongs to tests/", None),
    (r"^\s*#define (?!PINFLOW_)", "a function or a constexpr (macros are named PINFLOW_…)", None),
]


# A private constructor is out of std::make_unique's reach: the class itself may say new into a unique_ptr.
OWNED_AT_ONCE = re.compile(r"unique_ptr<[\w:]+>\s*\w*\(\s*$")


def sources(root, files):
    return [f for f in files if f.suffix in (".h", ".cpp") and f.relative_to(root).parts[0] in ("src", "bench")]


def relative(root, file):
    return file.relative_to(root).as_posix()


def read_ranks(root):
    """Folder -> rank, from the table between the dependency marks in ARCHITECTURE.md: | 1 | net, log | … |"""
    text = (root / "ARCHITECTURE.md").read_text()
    table = re.search(r"<!-- dependencies -->(.*?)<!-- end -->", text, re.S)
    if not table:
        raise SystemExit("tidy: ARCHITECTURE.md has no table between <!-- dependencies --> and <!-- end -->")
    rows = re.findall(r"^\| *(\d+) *\| *([a-z_, ]+?) *\|", table.group(1), re.M)
    return {folder.strip(): int(rank) for rank, folders in rows for folder in folders.split(",")}


def check_folders(root, files):
    ranks, findings = read_ranks(root), []

    def check(where, folder, other):
        if other == folder:
            return
        if folder not in ranks or other not in ranks:
            unknown = folder if folder not in ranks else other
            findings.append(f"{where}: folder {unknown} is not in the table of ARCHITECTURE.md")
        elif ranks[other] >= ranks[folder]:
            findings.append(f"{where}: {folder} must not use {other} (ARCHITECTURE.md); meet in app, or pass an interface")

    for file in files:
        parts = file.relative_to(root).parts
        if parts[0] != "src" or len(parts) < 3:
            continue
        folder, name = parts[1], relative(root, file)
        if file.suffix in (".h", ".cpp"):
            text = file.read_text()
            for match in OWN_INCLUDE.finditer(text):
                check(f"{name}:{text.count(chr(10), 0, match.start()) + 1}", folder, match.group(2))
            findings += hidden_libraries(name, folder, text)
        elif file.name == "CMakeLists.txt":
            for other in re.findall(r"\bpinflow_([a-z]+)\b(?!\s*\()", file.read_text()):
                if other in ranks:
                    check(name, folder, other)
    return findings


def hidden_libraries(name, folder, text):
    included = INCLUDE.findall(text)
    return [f"{name}: {header} is for {' and '.join(owners)} only" for header in included
            for prefix, owners in ONLY_IN.items() if header.startswith(prefix) and folder not in owners]


def measure(root, files):
    """{"src/x.cpp": lines, "src/x.cpp function": lines} of everything over the limits."""
    sizes = {}
    for file in sources(root, files):
        text, name = file.read_text(), relative(root, file)
        if (lines := text.count("\n")) > FILE_LINES:
            sizes[name] = lines
        for function, _, length in functions(text):
            if length > FUNCTION_LINES:
                sizes[f"{name} {function}"] = max(length, sizes.get(f"{name} {function}", 0))
    return sizes


def read_budget(root):
    path = root / BUDGET
    lines = path.read_text().splitlines() if path.exists() else []
    rows = [line.rsplit(" ", 1) for line in lines if line and not line.startswith("#")]
    return {name: int(lines) for name, lines in rows}


def check_sizes(root, files):
    budget, sizes, findings = read_budget(root), measure(root, files), []
    for name, lines in sizes.items():
        is_function = " " in name
        limit, ever = (FUNCTION_LINES, FUNCTION_LINES_EVER) if is_function else (FILE_LINES, FILE_LINES_EVER)
        if lines > ever:
            findings.append(f"{name}: {lines} lines, never more than {ever}; split it by what it knows")
        elif lines > budget.get(name, limit):
            findings.append(f"{name}: {lines} lines, the limit is {budget.get(name, limit)}; split it by what it knows")
    for name, lines in budget.items():
        if sizes.get(name, 0) < lines:
            findings.append(f"{BUDGET}: {name} has shrunk below {lines}; keep it so: ./dev tidy --shrink")
    return findings


def shrink_budget(root, files):
    budget, sizes = read_budget(root), measure(root, files)
    kept = {name: min(lines, sizes[name]) for name, lines in budget.items() if name in sizes}
    header = f"# Files over {FILE_LINES} lines and functions over {FUNCTION_LINES}, with their size: it may only shrink.\n"
    (root / BUDGET).write_text(header + "".join(f"{name} {lines}\n" for name, lines in sorted(kept.items())))


def check_banned(root, files):
    findings = []
    for file in sources(root, files):
        text, name = file.read_text(), relative(root, file)
        for match in re.finditer(r"\b(TODO|FIXME|XXX)\b", text):
            findings.append(f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}; do it or open an issue")
        code = blank_out(text)
        for pattern, instead, allowed in BANNED:
            if allowed and re.search(allowed, name):
                continue
            for match in re.finditer(pattern, code, re.M):
                if match.group().startswith("new") and OWNED_AT_ONCE.search(code[:match.start()]):
                    continue
                found = match.group().strip()
                findings.append(f"{name}:{code.count(chr(10), 0, match.start()) + 1}: {found}; instead: {instead}")
    return findings


def check_dead(root, files):
    findings, included = [], set()
    all_sources = sources(root, files)
    for file in all_sources:
        for match in INCLUDE.finditer(file.read_text()):
            included.add(match.group(1))
    built = {name for file in files if file.name == "CMakeLists.txt"
             for name in re.findall(r"[\w-]+\.cpp", file.read_text())}
    for file in all_sources:
        name = relative(root, file)
        if file.suffix == ".h":
            if name.removeprefix("src/") not in included and not file.name.startswith("precompiled"):
                findings.append(f"{name}: nobody includes it; remove it")
            continue
        if file.name not in built:
            findings.append(f"{name}: no CMakeLists.txt builds it; list it or remove it")
    return findings
