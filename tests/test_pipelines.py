"""A pipeline of one's own: checked, run, broken."""
import json
import re
import shutil
import time

import pytest

from harness import ROOT, CommandFailed, Rest, command

BUILT_IN = ROOT / "pipelines/pinterest"


def test_check_the_built_in_pipeline(binary):
    command("check", BUILT_IN)


def test_check_tries_a_sample_without_writing(binary, tmp_path):
    sample = tmp_path / "sample.jsonl"
    sample.write_text('{"ind":1,"country":"Chad"}\n{"ind":"x"}\n')
    result = command("check", BUILT_IN, "--sample", sample, "--table", "geo", cwd=tmp_path, check=False)
    assert "Chad" in result.stdout and "x" in result.stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sample.jsonl"]


def test_a_broken_declaration_names_file_line_and_reason(binary, tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(BUILT_IN, folder)
    declaration = next(folder.glob("*.toml"))
    lines = declaration.read_text().splitlines()
    declaration.write_text("\n".join([*lines, "this is not toml"]) + "\n")
    result = command("check", folder, check=False)
    assert result.returncode != 0
    assert declaration.name in result.stderr and str(len(lines) + 1) in result.stderr


def documented_pipeline(folder):
    """The example of docs/pipelines.md, as files."""
    text = (ROOT / "docs/pipelines.md").read_text()
    blocks = re.findall(r"`sales/([^`]+)`:\n\n```\w+\n(.*?)```", text, re.DOTALL)
    folder.mkdir()
    for name, contents in blocks:
        (folder / name).write_text(contents)
    return [name for name, _ in blocks]


def test_the_documented_pipeline_has_no_mistakes(binary, tmp_path):
    assert len(documented_pipeline(tmp_path / "sales")) == 3
    assert "no mistakes" in command("check", tmp_path / "sales").stderr


def test_a_broken_named_query_is_found(binary, tmp_path):
    documented_pipeline(tmp_path / "sales")
    query = tmp_path / "sales/best_articles.sql"
    good = query.read_text()
    for wrong, right in (("sum(prize)", "price"), ("sum(price))", "syntax")):
        query.write_text(good.replace("sum(price)", wrong))
        result = command("check", tmp_path / "sales", check=False)
        assert result.returncode != 0
        assert "best_articles.sql" in result.stderr and right in result.stderr


def test_properties_and_parameters_that_there_are_none(binary, tmp_path):
    (tmp_path / "n.sql").write_text("SELECT a FROM input")
    (tmp_path / "q.sql").write_text("SELECT count(*) FROM {n}")
    declaration = tmp_path / "pipeline.toml"
    declaration.write_text("""name = "plain"
[table.n]
clean = "n.sql"
sources = [{ topic = "plain", table = "plain" }]
input = { a = "bigint" }
properties = { "delta.enableDeletionVectors" = "true" }
[query]
q = "q.sql"
""")
    refused = command("check", tmp_path, check=False)
    assert refused.returncode == 1 and "pipeline.toml:6: " in refused.stderr and "needs deletion vectors" in refused.stderr
    declaration.write_text(declaration.read_text().replace('"true"', '"false"'))
    command("check", tmp_path)
    (tmp_path / "data").mkdir()
    asked = command("query", "q", "--param", "x=1", "--data", tmp_path / "data", "--pipelines", tmp_path, check=False)
    assert asked.returncode == 1 and "has no parameter x: it takes none" in asked.stderr


def test_up_refuses_a_broken_pipeline(binary, tmp_path, make_server):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/pipeline.toml").write_text("name = 3\n[[")
    with pytest.raises(AssertionError) as failure:
        make_server("--pipelines", tmp_path / "mine")
    assert "pipeline.toml" in str(failure.value)


def until(condition, seconds=20):
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it did not happen in time"
        time.sleep(0.05)


def test_changed_pipelines_are_taken_while_running(binary, tmp_path, make_server):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "sale.sql").write_text("SELECT receipt, price FROM input")
    declaration = """name = "sales"
[table.sale]
clean = "sale.sql"
sources = [{ topic = "shop-{shop}.sales", table = "{shop}_sales" }]
[table.sale.input]
receipt = "bigint"
price = "double"
"""
    (mine / "pipeline.toml").write_text(declaration)
    server = make_server("--pipelines", mine)
    rest = Rest(server.http)
    rest.produce("shop-north.sales", [{"receipt": 1, "price": 2.5}])
    server.run("drain")

    (mine / "sale.sql").write_text("SELECT receipt, price, nosuch FROM input")
    until(lambda: "nosuch" in server.log_tail())
    rest.produce("shop-north.sales", [{"receipt": 2, "price": 3.5}])
    server.run("drain")

    (mine / "sale.sql").write_text("SELECT receipt, price, price * 2 AS twice FROM input")
    (mine / "dear.sql").write_text("-- What cost most.\nSELECT max(twice) AS most FROM {sale}\n")
    (mine / "pipeline.toml").write_text(declaration + '\n[query]\ndear = "dear.sql"\n')
    until(lambda: "pipelines changed" in server.log_tail())
    rest.produce("shop-north.sales", [{"receipt": 3, "price": 4.5}])
    server.run("drain")
    rows = server.sql('SELECT receipt, twice FROM clean."north_sales" ORDER BY receipt')
    assert [(row["receipt"], row["twice"]) for row in rows] == [(1, None), (2, None), (3, 9.0)]
    assert json.loads(server.run("query", "dear", "--format", "ndjson").stdout)["most"] == 9.0


def test_raw_records_of_undeclared_topics_are_queryable(server):
    Rest(server.http).produce("no.pipeline.here", [{"x": i} for i in range(10)])
    rows = server.sql('SELECT "offset", value FROM raw."no.pipeline.here" WHERE "offset" BETWEEN 3 AND 4')
    assert [json.loads(row["value"])["x"] for row in rows] == [3, 4]


def test_infer_writes_a_pipeline_to_start_from(binary, tmp_path, make_server):
    server = make_server()
    sales = [{"receipt": i, "kind": "new" if i % 2 else "old", "price": "unknown" if i % 10 == 0 else i / 2,
              "sold": "2026-01-02 03:04:05"} for i in range(200)]
    Rest(server.http).produce("shop.sales", sales)
    told = command("infer", "shop.sales", "--url", server.console, "--format", "ndjson", cwd=tmp_path)
    fields = {field["field"]: field for field in map(json.loads, told.stdout.splitlines())}
    assert {name: field["type"] for name, field in fields.items()} == {
        "receipt": "bigint", "kind": "text", "price": "double", "sold": "timestamp"}
    assert (fields["price"]["unknown"], fields["price"]["distinct"]) == (20, 181)
    assert "tried on the sample: 200 rows, 0 records quarantined" in told.stderr
    assert sorted(p.name for p in (tmp_path / "shop_sales").iterdir()) == ["pipeline.toml", "shop_sales.sql"]
    server.stop()

    data = server.data
    again = command("infer", "shop.sales", "--data", data, "--into", tmp_path / "offline", "--name", "sale")
    assert "tried on the sample: 200 rows" in again.stderr
    refused = command("infer", "shop.sales", "--data", data, cwd=tmp_path, check=False)
    assert refused.returncode == 1 and "shop_sales is there already" in refused.stderr

    server = make_server("--pipelines", tmp_path / "shop_sales", data=data)
    server.run("drain")
    rows = server.sql('SELECT count(*) AS n, count(price) AS prices, sum(receipt) AS s FROM clean."shop_sales"')
    assert rows == [{"n": 200, "prices": 180, "s": 19900}]


def test_infer_from_a_file(binary, tmp_path):
    (tmp_path / "clicks.jsonl").write_text('{"at":"2026-01-02","n":1}\n\n{"at":"","n":2}\nnonsense\n')
    told = command("infer", "clicks", "--file", "clicks.jsonl", cwd=tmp_path)
    assert "2 rows, 1 records quarantined" in told.stderr
    assert 'as "nonsense"' in (tmp_path / "clicks/pipeline.toml").read_text()
    (tmp_path / "empty.jsonl").write_text("\n")
    empty = command("infer", "empty", "--file", "empty.jsonl", cwd=tmp_path, check=False)
    assert empty.returncode == 1 and "nothing to infer from" in empty.stderr
    assert not (tmp_path / "empty").exists()
