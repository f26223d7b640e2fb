"""Aggregated records as AWS's own library makes them and takes them apart: JSON lines in, JSON lines out.

aggregate.py pack SIZE   {"key", "hash_key", "data"} -> {"key", "hash_key", "data": base64}, up to SIZE bytes each
aggregate.py unpack      {"data": base64} -> {"key", "data"} of each user record
"""
import base64
import json
import sys

from aws_kinesis_agg import aggregator, deaggregator


def pack(size):
    def tell(record):
        key, hash_key, data = record.get_contents()
        print(json.dumps({"key": key, "hash_key": hash_key, "data": base64.b64encode(data).decode()}))
    packer = aggregator.RecordAggregator(max_size=size)
    for line in sys.stdin:
        record = json.loads(line)
        full = packer.add_user_record(record["key"], record["data"].encode(), record.get("hash_key"))
        if full:
            tell(full)
    rest = packer.clear_and_get()
    if rest:
        tell(rest)


def unpack():
    for line in sys.stdin:
        record = {"kinesis": {"data": json.loads(line)["data"], "sequenceNumber": "1", "partitionKey": "k",
                              "kinesisSchemaVersion": "1.0", "approximateArrivalTimestamp": 0}}
        for each in deaggregator.deaggregate_records([record]):
            data = base64.b64decode(each["kinesis"]["data"]).decode()
            print(json.dumps({"key": each["kinesis"]["partitionKey"], "data": data}))


if sys.argv[1] == "pack":
    pack(int(sys.argv[2]))
else:
    unpack()
