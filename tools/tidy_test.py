"""Each rule of ./dev tidy finds what it is there for, and nothing in a small clean tree."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cpp_text  # noqa: E402
import tidy_cpp  # noqa: E402
import tidy_docs  # noqa: E402

TABLE = "# Architecture\n<!-- dependencies -->\n| 0 | base |\n| 1 | net, log |\n| 5 | app |\n<!-- end -->\n"
CLEAN = {
    "ARCHITECTURE.md": TABLE,
    "src/base/CMakeLists.txt": "pinflow_library(base SOURCES error.cpp USES fmt::fmt)\n",
    "src/base/error.h": "#pragma once\nint f();\n",
    "src/base/error.cpp": '#include "base/error.h"\nint f() {\n    return 1;\n}\n',
}


@pytest.fixture
def tree(tmp_path):
    def make(**extra):
        for name, text in {**CLEAN, **{k: v for k, v in extra.get("files", {}).items()}}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path, sorted(p for p in tmp_path.rglob("*") if p.is_file())
    return make


def test_clean_tree_has_no_findings(tree):
    root, files = tree()
    for check in (tidy_cpp.check_folders, tidy_cpp.check_sizes, tidy_cpp.check_banned, tidy_cpp.check_dead,
                  tidy_docs.check_documents, tidy_docs.check_machine_words):
        assert check(root, files) == []


@pytest.mark.parametrize("name, text, word", [
    ("src/base/x.h", '#include "net/http.h"\n', "base must not use net"),
    ("src/log/x.cpp", '#include "net/http.h"\n', "log must not use net"),
    ("src/log/CMakeLists.txt", "pinflow_library(log SOURCES a.cpp USES pinflow_net)\n", "log must not use net"),
    ("src/strange/x.cpp", '#include "base/error.h"\n', "strange is not in the table"),
    ("src/log/x.cpp", "#include <duckdb.h>\n", "duckdb.h is for engine only"),
])
def test_folders(tree, name, text, word):
    root, files = tree(files={name: text})
    assert any(word in finding for finding in tidy_cpp.check_folders(root, files))


@pytest.mark.parametrize("code, word", [
    ("#include <format>\n", "fmt"),
    ("int r = rand();\n", "mt19937"),
    ("void f() { std::this_thread::sleep_for(x); }\n", "timer"),
    ("auto p = mmap(0, n, PROT_READ | PROT_WRITE, 0, fd, 0);\n", "pwrite"),
    ("using namespace std;\n", "name what you use"),
    ('void f() { printf("x"); }\n', "spdlog"),
    ("auto* p = new Thing(1);\n", "make_unique"),
    ("void f() { delete p; }\n", "unique_ptr"),
    ("auto p = reinterpret_cast<char*>(q);\n", "memcpy"),
    ("void f() { try { g(); } catch (...) { h(); } }\n", "Result"),
    ("std::regex r;\n", "RE2"),
    ("void f() { std::thread(g).detach(); }\n", "join"),
    ("auto t = std::chrono::steady_clock::now();\n", "Clock"),
    ('auto v = getenv("X");\n', "configuration"),
    ("#define LIMIT 3\n", "constexpr"),
    ("// TO" "DO later\n", "open an issue"),
])
def test_banned(tree, code, word):
    root, files = tree(files={"src/log/x.cpp": code})
    assert any(word in finding for finding in tidy_cpp.check_banned(root, files))


@pytest.mark.parametrize("code", [
    "X(const X&) = delete;\n", "// printf(x) and new Thing are only words here\n", 'auto s = "rand()";\n',
    "auto p = std::unique_ptr<X>(new X(1));\n", "int random_rand_count = strand(3);\n",
])
def test_banned_leaves_harmless_code_alone(tree, code):
    root, files = tree(files={"src/log/x.cpp": code})
    assert tidy_cpp.check_banned(root, files) == []


def long_function(lines):
    return "namespace a {\nint f(int x) {\n" + "    x += 1;\n" * (lines - 2) + "}\n}\n"


def test_function_size_counts_signature_and_braces():
    assert cpp_text.functions(long_function(12)) == [("f", 2, 12)]


def test_function_size_sees_members_and_constructors_not_classes_or_initializers():
    code = ("class X : public Y {\n  public:\n    X(int a)\n        : a_(a) {\n        g();\n    }\n"
            "    int a_ = f({1, 2});\n};\nconst int table[] = {\n    1,\n};\n"
            "template <class T>\nvoid h(T t) {\n    if (t) {\n        auto l = [&](int x) {\n        };\n    }\n}\n")
    assert [(name, lines) for name, _, lines in cpp_text.functions(code)] == [("X", 4), ("h", 7)]


def test_function_size_leaves_out_plain_mappings():
    code = "int f(int x) {\n    switch (x) {\n" + "        case 1: return 2;\n" * 90 + "    }\n    return 0;\n}\n"
    assert cpp_text.functions(code) == [("f", 1, 5)]


@pytest.mark.parametrize("budget, word", [
    ("", "the limit is 50"), ("src/log/x.cpp f 60\n", None), ("src/log/x.cpp f 55\n", "the limit is 55"),
    ("src/log/x.cpp f 65\n", "has shrunk"),
])
def test_size_budget_may_only_shrink(tree, budget, word):
    root, files = tree(files={"src/log/x.cpp": long_function(60), tidy_cpp.BUDGET: budget})
    findings = tidy_cpp.check_sizes(root, files)
    assert (findings == []) if word is None else any(word in finding for finding in findings)


def test_size_nothing_passes_the_hard_limit(tree):
    root, files = tree(files={"src/log/x.cpp": long_function(80), tidy_cpp.BUDGET: "src/log/x.cpp f 80\n"})
    assert any("never more than 70" in finding for finding in tidy_cpp.check_sizes(root, files))
    root, files = tree(files={"src/log/x.cpp": "int a;\n" * 501})
    assert any("never more than 500" in finding for finding in tidy_cpp.check_sizes(root, files))


def test_shrink_budget_never_grows(tree):
    root, files = tree(files={"src/log/x.cpp": long_function(60), tidy_cpp.BUDGET: "src/log/x.cpp f 55\ngone.cpp 400\n"})
    tidy_cpp.shrink_budget(root, files)
    assert tidy_cpp.read_budget(root) == {"src/log/x.cpp f": 55}


@pytest.mark.parametrize("name", ["src/log/lonely.cpp", "src/log/lonely.h"])
def test_dead_files(tree, name):
    root, files = tree(files={name: "int a;\n"})
    assert any("lonely" in finding for finding in tidy_cpp.check_dead(root, files))


@pytest.mark.parametrize("text, word", [
    ("# A\n[x](gone.md)\n", "leads nowhere"), ("# A\n# B\n", "2 titles"), ("no title\n", "0 titles"),
    ("# A\n[x](ARCHITECTURE.md#nothing)\n", "names no heading"), ("# A\n![p](gone.svg)\n", "leads nowhere"),
])
def test_documents(tree, text, word):
    root, files = tree(files={"README.md": text})
    assert any(word in finding for finding in tidy_docs.check_documents(root, files))


def test_documents_nobody_links_to(tree):
    root, files = tree(files={"docs/x.md": "# X\n", "README.md": "# R\n[y](docs/y.md)\n", "docs/y.md": "# Y\n"})
    assert tidy_docs.check_documents(root, files) == ["docs/x.md: no document links to it; list it in docs/README.md"]


def test_machine_paths(tree):
    root, files = tree(files={"run.sh": "cd /ro" "ot/project\n"})
    assert any("path of one machine" in finding for finding in tidy_docs.check_machine_words(root, files))
