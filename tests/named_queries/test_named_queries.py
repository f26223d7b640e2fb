"""All nine queries against reference.py, over rows with duplicates, nulls and ties, from topics and from streams."""
import json
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import reference  # noqa: E402
from harness import Rest, Streams  # noqa: E402

QUERIES = ["category_by_country", "category_by_year", "top_poster_by_country", "top_country", "category_by_age_group",
           "followers_by_age_group", "users_joined_by_year", "followers_by_join_year", "followers_by_join_year_and_age_group"]
CATEGORIES = ["art", "beauty", "travel", "Übung", "", None]
COUNTRIES = ["Chad", "Peru", "Aruba", "Côte d’Ivoire", " ", None]
FOLLOWERS = ["1k", "2k", "124", "15M", "0", "User Info Error", None, 999, "1.5k"]
AGES = [17, 18, 24, 25, 35, 36, 50, 51, 99, None]


def moment(draw, first, last):
    return draw.choice([f"{draw.randint(first, last)}-{draw.choice(['01-01 00:00:00', '12-31 23:59:59', '06-15 12:00:00'])}", "", None])


def records(seed, count):
    """Every ind may come several times in each table, and may lack in some."""
    draw = random.Random(seed)
    pins, geos, users = [], [], []
    for _ in range(count):
        ind = draw.randint(1, count // 2)
        pins.append({"index": ind, "category": draw.choice(CATEGORIES), "follower_count": draw.choice(FOLLOWERS),
                     "poster_name": draw.choice(["Ann", "Bo", "User Info Error", None])})
        geos.append({"ind": draw.randint(1, count // 2), "country": draw.choice(COUNTRIES), "timestamp": moment(draw, 2017, 2023)})
        users.append({"ind": draw.randint(1, count // 2), "age": draw.choice(AGES), "date_joined": moment(draw, 2014, 2021)})
    return {"pin": pins, "geo": geos, "user": users}


def post_to_topics(server, name, rows):
    rest = Rest(server.http)
    for kind, values in rows.items():
        for start in range(0, len(values), 50):
            rest.produce(f"{name}.{kind}", values[start:start + 50])


def post_to_streams(server, name, rows):
    streams = Streams(server.http)
    for kind, values in rows.items():
        streams.create(f"streaming-{name}-{kind}", 3)
        for start, value in enumerate(range(0, len(values), 50)):
            streams.put_all(f"streaming-{name}-{kind}", values[value:value + 50], key=f"partition-{start}")


@pytest.mark.parametrize("source", ["batch", "stream"])
@pytest.mark.parametrize("seed, count", [(1, 12), (2, 60), (3, 600)])
def test_the_nine_queries_agree_with_plain_python(server, source, seed, count):
    name = f"q{seed}{source}"
    post = post_to_topics if source == "batch" else post_to_streams
    post(server, name, records(seed, count))
    server.drain()
    tail = "" if source == "batch" else "_table"
    clean = [server.sql(f'SELECT * FROM clean_rows."{name}_{kind}{tail}"') for kind in ("pin", "geo", "user")]
    assert all(len(rows) == count for rows in clean)
    for query, (columns, expected) in reference.answers(*clean).items():
        got = server.run("query", query, "--param", f"id={name}", "--param", f"from={source}", "--format", "ndjson").stdout
        rows = [json.loads(line) for line in got.split("\n") if line]
        assert [list(row.values()) for row in rows] == expected, query
        assert all(list(row) == columns for row in rows), query


def test_every_query_is_known(server):
    assert sorted(reference.answers([], [], [])) == sorted(QUERIES)


def test_empty_tables_give_no_rows(server):
    post_to_topics(server, "empty", {"pin": [{"index": 1}], "geo": [{"ind": 2}], "user": [{"ind": 3}]})
    server.drain()
    for query in QUERIES:
        assert server.run("query", query, "--param", "id=empty", "--format", "ndjson").stdout.strip() == ""
