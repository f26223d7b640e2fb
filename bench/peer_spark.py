"""The nine queries in Spark SQL over pin.parquet, geo.parquet and user.parquet of a folder: seconds of each and CPU seconds as
JSON. peer_spark.py FOLDER"""
import json
import os
import sys
import time

from pyspark.sql import SparkSession

AGE = "CASE WHEN age BETWEEN 18 AND 24 THEN '18-24' WHEN age BETWEEN 25 AND 35 THEN '25-35' " \
      "WHEN age BETWEEN 36 AND 50 THEN '36-50' WHEN age > 50 THEN '+50' END"


def most_popular(group, source):
    return f"""SELECT {group}, category, category_count FROM (
        SELECT {group}, category, count(*) AS category_count,
               rank() OVER (PARTITION BY {group} ORDER BY count(*) DESC) AS place
        FROM {source} WHERE {group} IS NOT NULL AND category IS NOT NULL GROUP BY {group}, category)
        WHERE place = 1 ORDER BY 1, 2, 3"""


def medians(groups, source):
    return f"""SELECT {groups}, percentile(follower_count, 0.5) AS median_follower_count FROM {source}
        WHERE follower_count IS NOT NULL GROUP BY {groups} ORDER BY {groups}"""


AGES = f"(SELECT ind, {AGE} AS age_group, year(date_joined) AS post_year FROM user_newest)"
JOINED = f"(SELECT * FROM {AGES} JOIN pin_newest USING (ind) WHERE post_year BETWEEN 2015 AND 2020)"
QUERIES = {
    "category_by_country": most_popular("country", "pin_newest JOIN geo_newest USING (ind)"),
    "category_by_year": most_popular("post_year", "(SELECT category, year(timestamp) AS post_year FROM geo_newest JOIN "
                                     "pin_newest USING (ind) WHERE year(timestamp) BETWEEN 2018 AND 2022)"),
    "top_poster_by_country": """SELECT DISTINCT country, poster_name, follower_count FROM (
        SELECT country, poster_name, follower_count, max(follower_count) OVER (PARTITION BY country) AS most
        FROM pin_newest JOIN geo_newest USING (ind) WHERE country IS NOT NULL)
        WHERE follower_count = most ORDER BY 1, 2, 3""",
    "top_country": """SELECT DISTINCT country, follower_count FROM (
        SELECT country, follower_count, max(follower_count) OVER () AS most
        FROM pin_newest JOIN geo_newest USING (ind) WHERE country IS NOT NULL) WHERE follower_count = most ORDER BY 1, 2""",
    "category_by_age_group": most_popular("age_group", f"(SELECT age_group, category FROM {AGES} JOIN pin_newest USING (ind))"),
    "followers_by_age_group": medians("age_group", f"(SELECT * FROM {AGES} JOIN pin_newest USING (ind) WHERE age_group IS NOT NULL)"),
    "users_joined_by_year": "SELECT post_year, count(*) FROM (SELECT year(date_joined) AS post_year FROM user_newest) "
                            "WHERE post_year BETWEEN 2015 AND 2020 GROUP BY post_year ORDER BY 1, 2",
    "followers_by_join_year": medians("post_year", JOINED),
    "followers_by_join_year_and_age_group": medians("age_group, post_year", f"(SELECT * FROM {JOINED} WHERE age_group IS NOT NULL)"),
}


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    spark = (SparkSession.builder.master("local[2]").config("spark.driver.memory", "4g").config("spark.ui.enabled", "false")
             .config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "8").getOrCreate())
    spark.sparkContext.setLogLevel("ERROR")
    java = spark.sparkContext._gateway.proc.pid  # the launcher script execs the JVM
    for kind in ("pin", "geo", "user"):
        spark.read.parquet(f"{sys.argv[1]}/{kind}.parquet").createOrReplaceTempView(kind)
        spark.sql(f"""SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY ind ORDER BY _time DESC, _partition DESC,
            _offset DESC, _index DESC) AS newest FROM {kind}) WHERE newest = 1""").createOrReplaceTempView(f"{kind}_newest")
    seconds, before = {}, cpu_seconds(java)
    for name, sql in QUERIES.items():
        started = time.monotonic()
        spark.sql(sql).collect()
        seconds[name] = time.monotonic() - started
    print(json.dumps({"version": spark.version, "seconds": seconds, "cpu": cpu_seconds(java) - before}))
    spark.stop()


if __name__ == "__main__":
    main()
