"""What tests/test_kafka_acls.py has a real client do; runs in the Python that has it.

access.py ADDRESS USER PASSWORD STEP…
One line of JSON: for each step what came of it, "OK" or what was read, or the name of the error. Steps:
  write TOPIC VALUE | send TOPIC VALUE ID (in a transaction) | read TOPIC GROUP | list | make TOPIC | delete TOPIC
  allow WHAT | deny WHAT | acls | forget WHAT      WHAT: type:name:pattern:principal:operation
"""
import json
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient, NewTopic,
                                   ResourcePatternType, ResourceType)

ADDRESS, USER, PASSWORD, *STEPS = sys.argv[1:]
COMMON = {"bootstrap.servers": ADDRESS, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanisms": "SCRAM-SHA-256",
          "sasl.username": USER, "sasl.password": PASSWORD, "socket.timeout.ms": 10000}
admin = AdminClient(COMMON)


def parts(what):
    kind, name, pattern, principal, operation = what.replace("::", "\0").split(":")
    return (ResourceType[kind.upper()], name, ResourcePatternType[pattern.upper()], principal.replace("\0", ":"), "*",
            AclOperation[operation.upper()])


def write(topic, value):
    outcome = []
    producer = Producer({**COMMON, "message.timeout.ms": 10000})
    producer.produce(topic, value.encode(), on_delivery=lambda error, _: outcome.append(error))
    producer.flush(15)
    return outcome[0].name() if outcome[0] else "OK"


def send(topic, value, transaction):
    producer = Producer({**COMMON, "transactional.id": transaction, "message.timeout.ms": 10000})
    producer.init_transactions(10)
    producer.begin_transaction()
    producer.produce(topic, value.encode())
    producer.commit_transaction(10)
    return "OK"


def read(topic, group):
    consumer = Consumer({**COMMON, "group.id": group, "auto.offset.reset": "earliest", "enable.partition.eof": True,
                         "enable.auto.commit": False})
    consumer.subscribe([topic])
    values, end = [], time.monotonic() + 30
    try:
        while time.monotonic() < end:
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error() and message.error().name() == "_PARTITION_EOF":
                return values
            if message.error():
                return message.error().name()
            values.append(message.value().decode())
    finally:
        consumer.close()
    return f"no end after {values}"


def listed():
    return sorted(name for name in admin.list_topics(timeout=10).topics if not name.startswith("__"))


def done(futures):
    for future in futures.values():
        result = future.result(20)
    return result


def step(word, *arguments):
    if word in ("write", "send", "read"):
        return {"write": write, "send": send, "read": read}[word](*arguments)
    if word == "list":
        return listed()
    if word == "make":
        return done(admin.create_topics([NewTopic(arguments[0], 1)])) or "OK"
    if word == "delete":
        return done(admin.delete_topics([arguments[0]])) or "OK"
    if word in ("allow", "deny"):
        return done(admin.create_acls([AclBinding(*parts(arguments[0]), AclPermissionType[word.upper()])])) or "OK"
    if word == "acls":
        everything = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY,
                                      AclPermissionType.ANY)
        return sorted(f"{acl.restype.name}:{acl.name}:{acl.principal}:{acl.operation.name}:{acl.permission_type.name}"
                      for acl in admin.describe_acls(everything).result(20))
    assert word == "forget", word
    return len(done(admin.delete_acls([AclBindingFilter(*parts(arguments[0]), AclPermissionType.ANY)])))


outcomes = []
for words in STEPS:
    try:
        outcomes.append(step(*words.split()))
    except KafkaException as error:
        outcomes.append(error.args[0].name())
print(json.dumps(outcomes))
