"""read_back.py BROKERS TOPIC COUNT: so many records of a topic as a Kafka consumer sees them, one JSON line each."""
import json
import sys

from confluent_kafka import Consumer


def text(data):
    return None if data is None else data.decode("latin-1")


consumer = Consumer({"bootstrap.servers": sys.argv[1], "group.id": f"read-back-{sys.argv[2]}",
                     "auto.offset.reset": "earliest", "enable.auto.commit": False})
consumer.subscribe([sys.argv[2]])
for record in consumer.consume(int(sys.argv[3]), timeout=30):
    assert record.error() is None, record.error()
    print(json.dumps({"partition": record.partition(), "offset": record.offset(), "time": record.timestamp()[1],
                      "key": text(record.key()), "value": text(record.value()),
                      "headers": [[name, text(value)] for name, value in record.headers() or []]}))
consumer.close()
