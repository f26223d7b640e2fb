"""Works on a Delta table with Spark while somebody else appends to it: spark_beside.py TABLE ROUNDS.

Reads it as a batch, as a stream and as it was, merges, appends, deletes, compacts and vacuums; conflicts are tried again,
as Delta's users do. Prints what it did and saw as one line of JSON.
"""
import json
import sys
import time

from harness.others import spark_session

# Small tables do not want Spark's 50 tasks for each look at the log, 200 for each listing.
SETTINGS = {"spark.driver.memory": "700m", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
            "spark.databricks.delta.snapshotPartitions": "1", "spark.sql.shuffle.partitions": "1",
            "spark.sql.sources.parallelPartitionDiscovery.parallelism": "1"}
THEIRS = 1_000_000  # and above: keys of rows that come from here


class Beside:
    def __init__(self, spark, folder):
        self.spark, self.folder, self.table, self.conflicts = spark, folder, f"delta.`{folder}`", 0

    def change(self, work):
        for _ in range(30):
            try:
                return work()
            except Exception as failure:
                if "oncurrent" not in str(failure):
                    raise
                self.conflicts += 1
        raise AssertionError("30 conflicts one after the other")

    def ask(self, sql):
        return self.spark.sql(sql).collect()

    def version(self):
        return self.ask(f"DESCRIBE HISTORY {self.table} LIMIT 1")[0].version

    def keys(self):
        return [row.a for row in self.spark.read.format("delta").load(self.folder).select("a").collect()]

    def round(self, number):
        version = self.version()
        then = self.ask(f"SELECT count(*) AS rows FROM {self.table} VERSION AS OF {version}")[0].rows
        new = THEIRS + 2 * number
        self.change(lambda: self.ask(f"""
            MERGE INTO {self.table} AS t USING (SELECT {new} AS a, 'new' AS s UNION ALL SELECT {number} AS a, 'merged' AS s) AS n
            ON t.a = n.a WHEN MATCHED THEN UPDATE SET s = n.s WHEN NOT MATCHED THEN INSERT (a, s) VALUES (n.a, n.s)"""))
        self.change(lambda: self.spark.sql(f"SELECT CAST({new + 1} AS BIGINT) AS a, 'appended' AS s")
                    .write.format("delta").mode("append").save(self.folder))
        optimized = self.change(lambda: self.ask(f"OPTIMIZE {self.table}"))[0].metrics.numFilesRemoved
        self.change(lambda: self.ask(f"DELETE FROM {self.table} WHERE a = {new + 1}"))
        self.change(lambda: self.ask(f"VACUUM {self.table}"))
        again = self.ask(f"SELECT count(*) AS rows FROM {self.table} VERSION AS OF {version}")[0].rows
        return {"version": version, "rows": [then, again], "optimized": optimized}


def stream_keys(spark, folder):
    """Of all rows that were ever appended."""
    return (spark.readStream.format("delta").option("skipChangeCommits", "true").load(folder).select("a", "_offset")
            .writeStream.format("memory").queryName("seen").trigger(processingTime="1 second").start())


def main():
    folder, rounds = sys.argv[1], int(sys.argv[2])
    spark = spark_session(**SETTINGS)
    beside = Beside(spark, folder)
    stream = stream_keys(spark, folder)
    done = [beside.round(number) for number in range(rounds)]
    wanted = {key for key in beside.keys() if key < THEIRS}
    seen = []
    deadline = time.monotonic() + 60
    while not wanted <= set(seen) and time.monotonic() < deadline:
        time.sleep(1)
        seen = [row.a for row in spark.sql("SELECT a FROM seen WHERE _offset IS NOT NULL").collect()]
    problem = stream.exception()
    stream.stop()
    print(json.dumps({"rounds": done, "conflicts": beside.conflicts, "wanted": sorted(wanted), "seen": sorted(seen),
                      "problem": str(problem) if problem else ""}))
    spark.stop()


if __name__ == "__main__":
    main()
