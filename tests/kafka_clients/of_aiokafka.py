"""aiokafka at the Kafka door: of_aiokafka.py ADDRESS (round-trip | groups | transactions | admin)."""
import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError
from client import CODECS, HEADERS, START, check, key, value, COUNT


async def round_trip(address):
    for codec in CODECS:
        topic = f"aiokafka-{codec}"
        async with AIOKafkaProducer(bootstrap_servers=address, compression_type=None if codec == "none" else codec,
                                    enable_idempotence=True, linger_ms=5) as producer:
            sent = [await producer.send(topic, key=key(i), value=value(i), headers=HEADERS, timestamp_ms=START + i)
                    for i in range(COUNT)]
            assert [(await each).offset for each in sent] == list(range(COUNT))
        place = TopicPartition(topic, 0)
        async with AIOKafkaConsumer(bootstrap_servers=address, enable_auto_commit=False) as consumer:
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            got = []
            while len(got) < COUNT:
                record = await asyncio.wait_for(consumer.getone(), 20)
                got.append((record.offset, record.key, record.value, record.timestamp, list(record.headers)))
            check(topic, got)
            assert await consumer.end_offsets([place]) == {place: COUNT}
            assert (await consumer.offsets_for_times({place: START + 100}))[place].offset == 100


async def groups(address):
    """Two members share four partitions; one goes, the other has them all; what was committed is not read again."""
    topic = "aiokafka-groups"
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 4, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        for i in range(200):
            await producer.send_and_wait(topic, str(i).encode(), partition=i % 4)
        members = [AIOKafkaConsumer(topic, bootstrap_servers=address, group_id=topic, auto_offset_reset="earliest",
                                    enable_auto_commit=False, session_timeout_ms=6000, heartbeat_interval_ms=300)
                   for _ in range(2)]
        for each in members:
            await each.start()
        read = []

        async def read_until(count, readers):
            async with asyncio.timeout(40):
                while len(read) < count:
                    for each in readers:
                        batches = await each.getmany(timeout_ms=200)
                        read.extend(int(record.value) for batch in batches.values() for record in batch)
                        await each.commit()
        while sorted(len(each.assignment()) for each in members) != [2, 2]:
            await asyncio.sleep(0.1)
        await read_until(200, members)
        await members[0].stop()
        for i in range(200, 300):
            await producer.send_and_wait(topic, str(i).encode(), partition=i % 4)
        await read_until(300, members[1:])
        assert len(members[1].assignment()) == 4
        await members[1].stop()
    assert sorted(read) == list(range(300)), read


async def transactions(address):
    topic = "aiokafka-transactions"
    async with AIOKafkaProducer(bootstrap_servers=address, transactional_id=topic) as producer:
        async with producer.transaction():
            for i in range(10):
                await producer.send(topic, str(i).encode())
            await producer.send_offsets_to_transaction({TopicPartition(topic, 0): 7}, "aiokafka-offsets")
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"aborted")
        await producer.abort_transaction()
        async with producer.transaction():
            await producer.send(topic, b"10")
    async with AIOKafkaConsumer(topic, bootstrap_servers=address, isolation_level="read_committed",
                                auto_offset_reset="earliest", group_id="aiokafka-offsets-2") as consumer:
        read = [(await asyncio.wait_for(consumer.getone(), 20)).value for _ in range(11)]
        assert read == [str(i).encode() for i in range(11)], read
    async with AIOKafkaConsumer(bootstrap_servers=address, group_id="aiokafka-offsets") as consumer:
        assert await consumer.committed(TopicPartition(topic, 0)) == 7


async def admin(address):
    topic = "aiokafka-admin"
    client = AIOKafkaAdminClient(bootstrap_servers=address)
    await client.start()
    await client.create_topics([NewTopic(topic, 3, 1, topic_configs={"retention.ms": "3600000"})])
    try:
        answer = await client.create_topics([NewTopic(topic, 3, 1)])
        assert answer.topic_errors[0][1] == TopicAlreadyExistsError.errno, answer
    except TopicAlreadyExistsError:
        pass
    assert topic in await client.list_topics()
    described = await client.describe_topics([topic])
    assert len(described[0]["partitions"]) == 3, described
    await client.delete_topics([topic])
    assert topic not in await client.list_topics()
    await client.close()


if __name__ == "__main__":
    actions = {"round-trip": round_trip, "groups": groups, "transactions": transactions, "admin": admin}
    asyncio.run(actions[sys.argv[2]](sys.argv[1]))
