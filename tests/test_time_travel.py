"""Tables of the past and of other folders in SQL: of a running Pinflow, and of its folder when none runs."""
import json
import shutil

import pytest

from harness import CommandFailed, Rest, command


@pytest.fixture(scope="module")
def past(server):
    """clean."old_geo" with one row, then two; the version with one."""
    rest = Rest(server.http)
    versions = []
    for ind in (1, 2):
        rest.produce("old.geo", [{"ind": ind, "timestamp": "2020-01-01T00:00:00", "latitude": 1, "longitude": 2, "country": "Chad"}])
        server.drain()
        tables = json.loads(server.run("tables", "--format", "json").stdout)
        versions.append(next(table["version"] for table in tables if table["schema"] == "clean" and table["name"] == "old_geo"))
    return server, versions[0]


def test_two_versions_of_one_table_in_one_query(past):
    server, first = past
    assert server.value(f'SELECT count(*) FROM clean."old_geo" VERSION AS OF {first}') == 1
    assert server.sql(f'SELECT ind FROM clean."old_geo" EXCEPT SELECT ind FROM clean.old_geo@v{first}') == [{"ind": 2}]
    assert server.value(f'SELECT count(*) FROM clean.old_geo a JOIN clean.old_geo VERSION AS OF {first} b USING (country)') == 2
    assert server.value("SELECT 'clean.old_geo VERSION AS OF 99'") == "clean.old_geo VERSION AS OF 99"


def test_what_is_gone_is_named(past):
    server, _ = past
    with pytest.raises(CommandFailed, match=r'clean."old_geo": there is no version 99: the newest is \d'):
        server.sql('SELECT * FROM clean."old_geo" VERSION AS OF 99')
    with pytest.raises(CommandFailed, match="is before the oldest version that can be read"):
        server.sql("SELECT * FROM clean.\"old_geo\" TIMESTAMP AS OF '2020-01-01'")


def test_the_same_offline_and_from_a_folder_of_others(past, tmp_path, make_server):
    server, first = past
    lake = tmp_path / "lake"
    shutil.copytree(server.data / "lake/clean", tmp_path / "data/lake/clean")
    shutil.copytree(server.data / "lake/clean/old_geo", lake / "sales")
    offline = lambda sql, *more: command("sql", "--data", tmp_path / "data", "--format", "csv", *more, sql).stdout.split()[1:]
    counted = "SELECT count(*) FROM"
    assert offline(f"{counted} clean.old_geo VERSION AS OF {first}") == ["1"]
    assert offline(f"{counted} delta_table('{lake}/sales') WHERE sales.ind > 0", "--folder", lake) == ["2"]
    with pytest.raises(CommandFailed, match="--folder"):
        offline(f"SELECT 1 FROM delta_table('{lake}/sales')")
    settings = tmp_path / "pinflow.toml"
    settings.write_text('[sql]\nfolders = ["lake"]\n')
    running = make_server("--config", settings, data=tmp_path / "data")
    assert running.value(f"{counted} delta_table('{lake}/sales')@v{first}") == 1
    with pytest.raises(CommandFailed, match="sql.folders"):
        running.sql(f"SELECT 1 FROM delta_table('{tmp_path}/data/lake/clean/old_geo')")
    with pytest.raises(CommandFailed, match="no Pinflow runs on"):
        running.run("sql", "--folder", lake, "SELECT 1")
