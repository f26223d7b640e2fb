"""Many consumers in groups, in one process: kafka_groups.py HOST:PORT TOPIC RECORDS GROUPS MEMBERS

Each group reads all RECORDS. Prints {"rate": records a second of all together}, from the first record to the last."""
import json
import sys
import threading
import time

from confluent_kafka import Consumer


class Group:
    """Its members share `left`, and stop when it is gone."""

    def __init__(self, records):
        self.left, self.lock = records, threading.Lock()

    def took(self, count):
        with self.lock:
            self.left -= count


def member(address, topic, name, group, began):
    consumer = Consumer({"bootstrap.servers": address, "group.id": name, "auto.offset.reset": "earliest",
                         "enable.auto.commit": True, "queued.max.messages.kbytes": 4096})
    consumer.subscribe([topic])
    while group.left > 0:
        messages = consumer.consume(5000, 0.2)
        for message in messages:
            assert message.error() is None, message.error()
        if messages and not began:
            began.append(time.monotonic())
        group.took(len(messages))
    consumer.close()


def main(address, topic, records, groups, members):
    began, threads, all_groups = [], [], []
    for g in range(int(groups)):
        group = Group(int(records))
        all_groups.append(group)
        for _ in range(int(members)):
            threads.append(threading.Thread(target=member, args=(address, topic, f"group-{g}", group, began)))
    for thread in threads:
        thread.start()
    while any(group.left > 0 for group in all_groups):
        time.sleep(0.01)
    took = time.monotonic() - began[0]
    for thread in threads:
        thread.join()
    print(json.dumps({"rate": int(records) * int(groups) / took}))


if __name__ == "__main__":
    main(*sys.argv[1:])
