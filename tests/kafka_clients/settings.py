"""What tests/test_kafka_settings.py has a client change of the broker while it runs.

settings.py ADDRESS ACTION    the actions are the functions below that have a text
"""
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource, NewTopic

BROKER, TOPIC = ConfigResource.Type.BROKER, ConfigResource.Type.TOPIC


def alter(admin, broker, name, value=None, **options):
    operation = AlterConfigOpType.SET if value else AlterConfigOpType.DELETE
    change = ConfigResource(BROKER, broker, incremental_configs=[ConfigEntry(name, value, incremental_operation=operation)])
    admin.incremental_alter_configs([change], **options)[change].result(20)


def refused(admin, broker, name, value):
    try:
        alter(admin, broker, name, value)
    except KafkaException as error:
        return error.args[0].str()
    raise AssertionError(f"{name} was not refused")


def described(admin, kind, name, setting):
    resource = ConfigResource(kind, name)
    return admin.describe_configs([resource])[resource].result(20)[setting]


def first_offset(address, topic):
    consumer = Consumer({"bootstrap.servers": address, "group.id": "settings"})
    low, _ = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=20, cached=False)
    consumer.close()
    return low


def fill(address, *topics):
    producer = Producer({"bootstrap.servers": address, "batch.size": 1000})
    for topic in topics:
        for _ in range(300):
            producer.produce(topic, value=b"x" * 500, partition=0)
    assert producer.flush(30) == 0


def change(address):
    """Segments go by a size that was set for the broker, but for the topic that has one of its own."""
    admin = AdminClient({"bootstrap.servers": address})
    topics = [NewTopic("plain", 1, 1), NewTopic("own", 1, 1, config={"retention.bytes": "-1"})]
    [made.result(20) for made in admin.create_topics(topics).values()]
    fill(address, "plain", "own")
    alter(admin, "1", "log.retention.bytes", "20000", validate_only=True)
    assert described(admin, TOPIC, "plain", "retention.bytes").value == "1000000000"
    alter(admin, "1", "log.retention.bytes", "20000")
    until = time.monotonic() + 40
    while first_offset(address, "plain") == 0:
        assert time.monotonic() < until, "nothing was deleted"
        time.sleep(0.5)
    assert first_offset(address, "own") == 0
    alter(admin, "1", "sasl.kerberos.min.time.before.relogin", "58000")
    alter(admin, "1", "listener.name.plaintext.ssl.keystore.password", "swordfish")
    assert "Cannot update these configs dynamically: [num.partitions]" in refused(admin, "1", "num.partitions", "2")
    assert "log.retention.ms" in refused(admin, "1", "log.retention.ms", "soon")
    told = described(admin, BROKER, "1", "num.partitions")
    assert told.is_read_only and told.source == ConfigSource.STATIC_BROKER_CONFIG.value, told


def delete(address):
    """After a kill it still holds; without it what was configured counts again."""
    admin = AdminClient({"bootstrap.servers": address})
    told = described(admin, TOPIC, "plain", "retention.bytes")
    assert (told.value, told.source) == ("20000", ConfigSource.DYNAMIC_BROKER_CONFIG.value), told
    assert described(admin, BROKER, "1", "sasl.kerberos.min.time.before.relogin").value == "58000"
    secret = described(admin, BROKER, "1", "listener.name.plaintext.ssl.keystore.password")
    assert secret.value is None and secret.is_sensitive, secret
    alter(admin, "1", "log.retention.bytes")
    told = described(admin, TOPIC, "plain", "retention.bytes")
    assert (told.value, told.source) == ("1000000000", ConfigSource.STATIC_BROKER_CONFIG.value), told
    before = first_offset(address, "plain")
    fill(address, "plain")
    time.sleep(6)  # retention by size looks every 5 s
    assert first_offset(address, "plain") == before


if __name__ == "__main__":
    {"change": change, "delete": delete}[sys.argv[2]](sys.argv[1])
