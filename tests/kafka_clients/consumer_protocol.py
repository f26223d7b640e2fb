"""Members of a group whose partitions the broker assigns (KIP-848): what tests/test_consumer_protocol.py has them do.

consumer_protocol.py ADDRESS share      members come and go, every record is read once, offsets are the group's
consumer_protocol.py ADDRESS pattern    a subscription by expression finds topics that are made later
consumer_protocol.py ADDRESS recreate   a topic that is made anew is read from its start
consumer_protocol.py ADDRESS static     an instance comes back to what it had
consumer_protocol.py ADDRESS stay       reads what comes, a line of JSON a record, until it is killed
"""
import json
import sys
import time

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

ADDRESS = sys.argv[1]
ADMIN = AdminClient({"bootstrap.servers": ADDRESS})


def make_topic(name, partitions):
    ADMIN.create_topics([NewTopic(name, partitions, 1)])[name].result(20)


def fill(topic, values, partitions):
    producer = Producer({"bootstrap.servers": ADDRESS})
    for i, value in enumerate(values):
        producer.produce(topic, value=str(value), partition=i % partitions)
    assert producer.flush(30) == 0


def member(group, **options):
    return Consumer({"bootstrap.servers": ADDRESS, "group.id": group, "group.protocol": "consumer",
                     "auto.offset.reset": "earliest", "topic.metadata.refresh.interval.ms": 1000, **options})


def poll(members, until, what, seconds=60):
    """Polls all of them until `until` says so; what they read."""
    end, got = time.time() + seconds, []
    while not until(got):
        assert time.time() < end, f"{what}: not after {seconds} s; got {len(got)} records, " \
                                  f"{[[p.partition for p in each.assignment()] for each in members]}"
        for each in members:
            message = each.poll(0.05)
            if message is not None and not message.error():
                got.append(message.value().decode())
    return got


def have(members, counts):
    return lambda _: sorted(len(each.assignment()) for each in members) == sorted(counts)


def share():
    make_topic("shared", 6)
    fill("shared", range(600), 6)
    first, second, third = (member("sharers", **{"client.id": f"c{i}"}) for i in range(3))
    first.subscribe(["shared"])
    got = poll([first], have([first], [6]), "alone")
    second.subscribe(["shared"])
    got += poll([first, second], have([first, second], [3, 3]), "two")
    third.subscribe(["shared"])
    everybody = [first, second, third]
    got += poll(everybody, have(everybody, [2, 2, 2]), "three")
    got += poll(everybody, lambda more: len(got) + len(more) >= 600, "all records")
    assert sorted(map(int, got)) == list(range(600)), f"{len(got)} records"
    [told] = [each.result(20) for each in ADMIN.describe_consumer_groups(["sharers"]).values()]
    assert told.state.name == "STABLE" and len(told.members) == 3, told.state
    listed = {each.group_id: each.type.name for each in ADMIN.list_consumer_groups().result(20).valid}
    assert listed["sharers"] == "CONSUMER", listed
    third.close()
    poll([first, second], have([first, second], [3, 3]), "two again")
    second.close()
    poll([first], have([first], [6]), "alone again")
    first.close()
    [place] = [each.result(20) for each in ADMIN.list_consumer_group_offsets(
        [ConsumerGroupTopicPartitions("sharers")]).values()]
    assert {each.partition: each.offset for each in place.topic_partitions} == {i: 100 for i in range(6)}
    ADMIN.delete_consumer_groups(["sharers"])["sharers"].result(20)


def pattern():
    make_topic("pattern.one", 1)
    fill("pattern.one", ["a"], 1)
    reader = member("finders")
    reader.subscribe(["^pattern\\..*"])
    assert poll([reader], len, "the topic that was there") == ["a"]
    make_topic("pattern.two", 2)
    fill("pattern.two", ["b", "c"], 2)
    assert sorted(poll([reader], lambda got: len(got) == 2, "the topic that came")) == ["b", "c"]
    reader.close()


def recreate():
    make_topic("anew", 1)
    fill("anew", range(10), 1)
    reader = member("recreators")
    reader.subscribe(["anew"])
    poll([reader], lambda got: len(got) == 10, "the first life")
    ADMIN.delete_topics(["anew"])["anew"].result(20)
    make_topic("anew", 1)
    fill("anew", range(10, 15), 1)
    got = poll([reader], lambda got: len(got) == 5, "the second life")
    assert got == [str(i) for i in range(10, 15)]
    reader.close()


def static():
    make_topic("still", 4)
    first, second = (member("statics", **{"group.instance.id": f"i{i}"}) for i in range(2))
    for each in (first, second):
        each.subscribe(["still"])
    poll([first, second], have([first, second], [2, 2]), "two")
    before = {each.partition for each in second.assignment()}
    second.close()
    again = member("statics", **{"group.instance.id": "i1"})
    again.subscribe(["still"])
    poll([first, again], have([first, again], [2, 2]), "back")
    assert {each.partition for each in again.assignment()} == before
    for each in (first, again):
        each.close()


def stay():
    reader = member("stayers", **{"enable.auto.commit": False})
    reader.subscribe(["stays"])
    while True:
        message = reader.poll(1)
        if message is None or message.error():
            continue
        reader.commit(offsets=[TopicPartition("stays", message.partition(), message.offset() + 1)], asynchronous=False)
        print(json.dumps({"partition": message.partition(), "value": message.value().decode()}), flush=True)


if __name__ == "__main__":
    {"share": share, "pattern": pattern, "recreate": recreate, "static": static, "stay": stay}[sys.argv[2]]()
