"""What tests/test_kafka_sign_in.py has real clients do; runs in the Python that has them.

sign_in.py LIBRARY ADDRESS TOPIC MECHANISM USER PASSWORD [SECONDS]   one record there and back, then, for SECONDS, more
sign_in.py LIBRARY ADDRESS TOPIC OAUTHBEARER                         lines of stdin: tokens, as AWS's signers make them
Prints REFUSED and the reason where signing in fails.
"""
import sys
import time


def tokens():
    line = sys.stdin.readline().split()
    return line[0], float(line[1])


def confluent(address, topic, mechanism, user, password, seconds):
    from confluent_kafka import Consumer, Producer
    errors = []

    def refused():
        return any("_AUTHENTICATION" in error for error in errors)
    common = {"bootstrap.servers": address, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanisms": mechanism,
              "error_cb": lambda error: errors.append(str(error)), "socket.timeout.ms": 10000}
    if mechanism == "OAUTHBEARER":
        common["oauth_cb"] = lambda _: tokens()
    else:
        common |= {"sasl.username": user, "sasl.password": password}
    producer = Producer({**common, "message.timeout.ms": 15000})
    failed, sent = [], 0
    end = time.monotonic() + seconds
    while sent == 0 or (not failed and time.monotonic() < end):
        producer.produce(topic, value=f"value {sent}".encode(), on_delivery=lambda e, _: e and failed.append(str(e)))
        while producer.flush(0.1) and not refused():
            pass
        if refused():
            return f"{errors}"
        sent += 1
        time.sleep(0.1 if seconds else 0)
    assert not failed, f"{failed} {errors}"
    consumer = Consumer({**common, "group.id": f"{topic}-group", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    end, got = time.monotonic() + 40, 0
    while got < sent and time.monotonic() < end:
        message = consumer.poll(1)
        if message is not None and not message.error():
            assert message.value() == f"value {got}".encode(), message.value()
            got += 1
    consumer.close()
    assert got == sent, f"{got} of {sent} records; {errors}"


def kafka_python(address, topic, mechanism, user, password, seconds):
    from kafka import KafkaConsumer, KafkaProducer
    from kafka.errors import KafkaError
    common = {"bootstrap_servers": address, "security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": mechanism,
              "sasl_plain_username": user, "sasl_plain_password": password, "bootstrap_timeout_ms": 5000}
    try:
        producer = KafkaProducer(**common, max_block_ms=8000)
        producer.send(topic, b"value 0").get(20)
    except KafkaError as error:
        return repr(error)
    consumer = KafkaConsumer(topic, **common, group_id=f"{topic}-group", auto_offset_reset="earliest",
                             consumer_timeout_ms=30000)
    assert next(iter(consumer)).value == b"value 0"
    consumer.close()


def main():
    library, address, topic, mechanism, user, password, seconds = (*sys.argv[1:], "", "", "0")[:7]
    run = {"confluent-kafka": confluent, "kafka-python": kafka_python}[library]
    refused = run(address, topic, mechanism, user, password, float(seconds or 0))
    print(f"REFUSED {refused}" if refused else "SERVED")


main()
