"""A member of a group of the classic protocol, beside those of the REST Proxy: tests/test_rest_consumers.py.

classic_member.py LIBRARY ADDRESS GROUP TOPIC   LIBRARY is confluent or kafka_python. Writes a line of JSON for each
change of its partitions, {"partitions": [0, 1]}, and for each record, {"partition": 0, "value": "…"}; until its
standard input ends, then it leaves the group.
"""
import json
import select
import sys

LIBRARY, ADDRESS, GROUP, TOPIC = sys.argv[1:]


def tell(**what):
    print(json.dumps(what), flush=True)


def stopped():
    return bool(select.select([sys.stdin], [], [], 0)[0])


def confluent():
    from confluent_kafka import Consumer
    consumer = Consumer({"bootstrap.servers": ADDRESS, "group.id": GROUP, "auto.offset.reset": "earliest",
                         "heartbeat.interval.ms": 500})
    consumer.subscribe([TOPIC], on_assign=lambda _, parts: tell(partitions=sorted(p.partition for p in parts)))
    while not stopped():
        message = consumer.poll(0.1)
        if message is not None and not message.error():
            tell(partition=message.partition(), value=message.value().decode())
    consumer.close()


def kafka_python():
    from kafka import ConsumerRebalanceListener, KafkaConsumer

    class Told(ConsumerRebalanceListener):
        def on_partitions_revoked(self, revoked):
            pass

        def on_partitions_assigned(self, assigned):
            tell(partitions=sorted(p.partition for p in assigned))

    consumer = KafkaConsumer(bootstrap_servers=ADDRESS, group_id=GROUP, auto_offset_reset="earliest",
                             heartbeat_interval_ms=500)
    consumer.subscribe([TOPIC], listener=Told())
    while not stopped():
        for records in consumer.poll(100).values():
            for record in records:
                tell(partition=record.partition, value=record.value.decode())
    consumer.close()


{"confluent": confluent, "kafka_python": kafka_python}[LIBRARY]()
