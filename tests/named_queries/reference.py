"""The nine queries of the built-in pipeline in plain Python, over cleaned rows as dicts (dates as ISO text).

Each ind counts once per table: the newest row by time, then partition, then offset. Joins are inner on ind, ties are
all kept, medians are exact and leave nulls out.
"""
from collections import Counter, defaultdict
from datetime import datetime
from fractions import Fraction

AGE_GROUPS = (("18-24", 18, 24), ("25-35", 25, 35), ("36-50", 36, 50), ("+50", 51, 10**9))


def newest(rows):
    by_ind = {}
    for row in sorted(rows, key=lambda r: (datetime.fromisoformat(r["_time"].replace("Z", "+00:00")), r["_partition"],
                                           r["_offset"], r["_index"])):
        by_ind[row["ind"]] = row
    return by_ind


def join(left, right):
    return [{**left[ind], **right[ind]} for ind in left if ind in right]


def age_group(row):
    if row["age"] is None:
        return None
    return next((name for name, low, high in AGE_GROUPS if low <= row["age"] <= high), None)


def year(text):
    return None if text is None else int(text[:4])


def within(value, low, high):
    return value is not None and low <= value <= high


def key(values):
    """Text by its bytes, nulls last."""
    return [(v is None, v.encode() if isinstance(v, str) else v) if v is not None else (True, b"") for v in values]


def table(rows):
    return sorted((list(row) for row in rows), key=key)


def most(pairs):
    """[group, thing, count] of the things that are most in their group."""
    groups = defaultdict(Counter)
    for group, thing in pairs:
        if group is not None and thing is not None:
            groups[group][thing] += 1
    return table((g, thing, n) for g, counts in groups.items() for thing, n in counts.items() if n == max(counts.values()))


def medians(pairs):
    """[*group, median] of the values that are not null; groups are tuples without None."""
    groups = defaultdict(list)
    for group, value in pairs:
        if None not in group and value is not None:
            groups[group].append(value)
    def middle(values):
        values = sorted(values)
        return float(Fraction(values[(len(values) - 1) // 2] + values[len(values) // 2], 2))
    return table((*group, middle(values)) for group, values in groups.items())


def answers(pins, geos, users):
    """By the query's name: (columns, rows in order)."""
    pin, geo, user = newest(pins), newest(geos), newest(users)
    placed, posted = join(pin, geo), join(pin, user)
    countries = defaultdict(list)
    for row in placed:
        if row["country"] is not None and row["follower_count"] is not None:
            countries[row["country"]].append(row)
    tops = {c: max(r["follower_count"] for r in rows) for c, rows in countries.items()}
    joined = Counter(year(r["date_joined"]) for r in user.values() if within(year(r["date_joined"]), 2015, 2020))

    def join_year(row):
        return year(row["date_joined"]) if within(year(row["date_joined"]), 2015, 2020) else None

    return {
        "category_by_country": (["country", "category", "category_count"],
                                most((r["country"], r["category"]) for r in placed)),
        "category_by_year": (["post_year", "category", "category_count"],
                             most((year(r["timestamp"]), r["category"]) for r in placed
                                  if within(year(r["timestamp"]), 2018, 2022))),
        "top_poster_by_country": (["country", "poster_name", "follower_count"],
                                  table({(c, r["poster_name"], r["follower_count"]) for c, rows in countries.items()
                                         for r in rows if r["follower_count"] == tops[c]})),
        "top_country": (["country", "follower_count"],
                        table((c, n) for c, n in tops.items() if n == max(tops.values()))),
        "category_by_age_group": (["age_group", "category", "category_count"],
                                  most((age_group(r), r["category"]) for r in posted)),
        "followers_by_age_group": (["age_group", "median_follower_count"],
                                   medians(((age_group(r),), r["follower_count"]) for r in posted)),
        "users_joined_by_year": (["post_year", "number_users_joined"], table(joined.items())),
        "followers_by_join_year": (["post_year", "median_follower_count"],
                                   medians(((join_year(r),), r["follower_count"]) for r in posted)),
        "followers_by_join_year_and_age_group": (["age_group", "post_year", "median_follower_count"],
                                                 medians(((age_group(r), join_year(r)), r["follower_count"]) for r in posted)),
    }
