"""Spark's Kafka source as a stream into JSON files: spark_stream.py ADDRESS TOPIC FOLDER JARS (once | on).

once: what there is now, then prints all values that the files have, as JSON lines; on: until it is killed.
"""
import json
import sys

from pyspark.sql import SparkSession


def main():
    address, topic, folder, jars, how = sys.argv[1:]
    spark = (SparkSession.builder.master("local[2]").config("spark.jars", jars).config("spark.driver.memory", "1g")
             .config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2").getOrCreate())
    stream = (spark.readStream.format("kafka").option("kafka.bootstrap.servers", address).option("subscribe", topic)
              .option("startingOffsets", "earliest").option("kafka.isolation.level", "read_committed")
              .option("maxOffsetsPerTrigger", "500").load().selectExpr("CAST(value AS STRING) AS value"))
    writer = (stream.writeStream.format("json").option("path", f"{folder}/output")
              .option("checkpointLocation", f"{folder}/checkpoint"))
    writer = writer.trigger(availableNow=True) if how == "once" else writer.trigger(processingTime="100 milliseconds")
    query = writer.start()
    query.awaitTermination()
    for row in spark.read.schema("value STRING").json(f"{folder}/output").collect():
        print(json.dumps(row.value))


if __name__ == "__main__":
    main()
