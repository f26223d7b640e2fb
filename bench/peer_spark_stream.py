"""A peer of table_feed, as people write it in Spark: Structured Streaming from a Kafka topic into a Delta table, the same
cleaning, until all that waits is in the table. Seconds and CPU seconds of the JVM as JSON.
peer_spark_stream.py BOOTSTRAP TOPIC FOLDER ROWS"""
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))
from harness.others import spark_session  # noqa: E402
from pyspark.sql import functions as f  # noqa: E402

KAFKA = ("org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.7", "org.apache.spark:spark-token-provider-kafka-0-10_2.12:3.5.7",
         "org.apache.kafka:kafka-clients:3.4.1", "org.apache.commons:commons-pool2:2.11.1")
TEXTS = ("unique_id", "title", "description", "poster_name", "follower_count", "tag_list", "is_image_or_video", "image_src",
         "save_location", "category")
NOTHING = {"title": "No Title Data Available", "description": "No description available Story format",
           "poster_name": "User Info Error", "tag_list": "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e", "image_src": "Image src error."}


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def clean(records):
    schema = "`index` BIGINT, downloaded BIGINT, " + ", ".join(f"{name} STRING" for name in TEXTS)
    rows = records.select(f.from_json(f.col("value").cast("string"), schema).alias("r")).select("r.*")
    columns = [f.col("index").alias("ind")]
    for name in TEXTS:
        column = f.col(name)
        if name in NOTHING:
            column = f.when(column != NOTHING[name], column)
        elif name == "follower_count":
            factor = f.when(column.endswith("k"), 1000).when(column.endswith("M"), 1_000_000).otherwise(1)
            column = f.regexp_extract(column, "^([0-9]+)[kM]?$", 1).cast("bigint") * factor
        elif name == "save_location":
            column = f.regexp_replace(column, "^Local save in ", "")
        columns.append(column.alias(name))
    return rows.select(*columns)


def main():
    bootstrap, topic, folder, rows = sys.argv[1:]
    spark = spark_session(more_jars=KAFKA, **{"spark.driver.memory": "4g", "spark.log.level": "ERROR"})
    java = spark.sparkContext._gateway.proc.pid  # the launcher script execs the JVM
    started, before = time.monotonic(), cpu_seconds(java)
    records = (spark.readStream.format("kafka").option("kafka.bootstrap.servers", bootstrap).option("subscribe", topic)
               .option("startingOffsets", "earliest").option("maxOffsetsPerTrigger", 200_000).load())
    stream = (clean(records).writeStream.format("delta").option("checkpointLocation", folder + "/checkpoint")
              .trigger(availableNow=True).start(folder + "/table"))
    stream.awaitTermination()
    seconds, cpu = time.monotonic() - started, cpu_seconds(java) - before
    found = spark.read.format("delta").load(folder + "/table").count()
    assert found == int(rows), f"{found} rows of {rows}"
    print(json.dumps({"version": spark.version, "seconds": seconds, "cpu": cpu}))
    spark.stop()


if __name__ == "__main__":
    main()
