"""`pinflow quality` and quality."<table>": days, and what is unlike the days before."""
import json
import time

import requests

from harness import Rest, command

DAY = 86_400


def post(server, topic, day, records):
    """Records that came `day` days ago, or before that."""
    when = time.strftime("%Y-%m-%dT12:00:00Z", time.gmtime(time.time() - day * DAY))
    cluster = requests.get(f"{server.http}/v3/clusters", timeout=10).json()["data"][0]["cluster_id"]
    for record in records:
        body = {"value": {"type": "JSON", "data": record}, "timestamp": when}
        answer = requests.post(f"{server.http}/v3/clusters/{cluster}/topics/{topic}/records", json=body, timeout=10).json()
        assert answer["error_code"] == 200, answer


def test_days_of_a_table(server):
    server.run("topics", "create", "quality.user")
    for day in range(6, 0, -1):
        post(server, "quality.user", day, [{"ind": day * 100 + i, "age": 30} for i in range(4)])
    server.drain()
    calm = server.run("quality", "quality_user", "--format", "ndjson")
    days = [json.loads(line) for line in calm.stdout.splitlines()]
    assert [each["rows"] for each in days] == [4] * 6 and all(each["findings"] == [] for each in days)
    post(server, "quality.user", 1, [{"ind": 100 + i, "age": 200} for i in range(2)] + [{"ind": 100, "age": 31}] * 9)
    server.drain()
    odd = server.run("quality", "quality_user", "--format", "ndjson", check=False)
    assert odd.returncode == 2
    last = json.loads(odd.stdout.splitlines()[-1])
    assert (last["rows"], last["quarantined"], last["reasons"], last["duplicates"]) == (13, 2, {"age": 2}, 9)
    assert any("13 rows, usually 4" in each for each in last["findings"])
    assert any("13.3 % of the records are quarantined" in each for each in last["findings"])
    assert last["nulls"]["date_joined"] == 13
    overview = server.run("quality", "--format", "ndjson", "--days", "3", check=False)
    line = next(each for each in map(json.loads, overview.stdout.splitlines()) if each["table"] == "quality_user")
    assert (line["days"], line["rows"], line["quarantined"], line["duplicates"]) == (2, 17, 2, 9)
    assert overview.returncode == 2 and len(line["findings"]) >= 2
    wrong = server.run("quality", "quality_usr", check=False)
    assert wrong.returncode == 1 and 'quality."quality_user"' in wrong.stderr


def test_rules_of_ones_own(make_server, tmp_path):
    folder = tmp_path / "ruled"
    folder.mkdir()
    (folder / "pipeline.toml").write_text("""
name = "ruled"
[table.n]
clean = "n.sql"
sources = [{ topic = "ruled.{id}", table = "ruled_{id}" }]
input = { a = "bigint", b = "text" }
[table.n.columns]
a = { not_null = true, min = 0 }
b = { one_of = ["x", "y"], severity = "warn" }
[table.n.quality]
max_age = "1d"
min_rows = 2
drift = { b = { nulls = 0.5 } }
""")
    (folder / "n.sql").write_text("SELECT a, b FROM input")
    server = make_server("--pipelines", folder)
    server.run("topics", "create", "ruled.t")
    for day in (4, 3):
        post(server, "ruled.t", day, [{"a": 1, "b": "x"}, {"a": 2, "b": "z"}, {"a": -1}, {"b": "y"}])
    server.drain()
    assert [row["rule"] for row in server.sql("SELECT rule FROM quarantine.ruled_t ORDER BY _offset")] == \
        ["a.min", "a.not_null"] * 2
    stale = server.run("quality", "ruled_t", "--format", "ndjson", check=False)
    assert stale.returncode == 2
    days = [json.loads(line) for line in stale.stdout.splitlines()]
    assert [each["rows"] for each in days] == [2, 2, 0, 0, 0]
    assert [each["findings"] for each in days[:4]] == [[], [], ["0 rows, less than 2"], ["0 rows, less than 2"]]
    assert len(days[4]["findings"]) == 1 and ", older than 1d" in days[4]["findings"][0]
    metrics = requests.get(server.console + "/metrics", timeout=10).text
    assert "pinflow_table_stale 1" in metrics and "pinflow_table_warnings_total 2" in metrics
    post(server, "ruled.t", 0, [{"a": 1, "b": "x"}])
    server.drain()
    assert "pinflow_table_stale 0" in requests.get(server.console + "/metrics", timeout=10).text
    fresh = server.run("quality", "ruled_t", "--format", "ndjson", "--days", "1")
    assert json.loads(fresh.stdout)["findings"] == []


def test_offline_it_says_what_it_cannot_judge(make_server, tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "pipeline.toml").write_text("""
name = "own"
[table.n]
clean = "n.sql"
key = ["a"]
sources = [{ topic = "own.{id}", table = "own_{id}" }]
input = { a = "bigint" }
[table.n.quality]
max_age = "1d"
""")
    (folder / "n.sql").write_text("SELECT a FROM input")
    server = make_server("--pipelines", folder)
    Rest(server.http).produce("own.t", [{"a": 1}, {"a": 1}, {"a": 2}])
    server.run("topics", "create", "own.u")
    post(server, "own.u", 3, [{"a": 1}])
    server.drain()
    server.stop()
    for words in (["own_u"], []):
        blind = command("quality", *words, "--data", server.data)
        assert "no pipeline that is loaded makes" in blind.stderr and "own_u" in blind.stderr and "--pipelines" in blind.stderr
        for form in ("table", "json", "ndjson", "csv"):
            assert command("quality", *words, "--data", server.data, "--format", form).returncode == 0
            seeing = command("quality", *words, "--data", server.data, "--pipelines", folder, "--format", form, check=False)
            assert seeing.returncode == 2 and "older than 1d" in seeing.stdout and seeing.stderr == "", form
    newest = ("sql", "--data", server.data, "--format", "csv", 'SELECT count(*) FROM newest."own_t"')
    refused = command(*newest, check=False)
    assert refused.returncode == 1 and "--pipelines" in refused.stderr and "clean_rows" in refused.stderr
    assert command(*newest, "--pipelines", folder).stdout.split() == ["count_star()", "2"]
