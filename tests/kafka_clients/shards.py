"""What tests/test_kinesis_resharding.py has real Kafka clients do; runs in the Python that has them.

shards.py ADDRESS refused TOPIC       every producer sends to partition 0, which is sealed, and then to 1, which is not:
                                      JSON lines {"producer", "error", "seconds", "then"}
shards.py ADDRESS flow TOPIC          an idempotent producer with its own partitioner, until stdin ends: JSON, the values
                                      that were acked and the errors of the others
shards.py ADDRESS transaction TOPIC   one value to partition 0 in a transaction, which is committed when a line comes
"""
import json
import sys
import time


def confluent_refused(address, topic, **config):
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": address, **config})
    outcome = {}

    def send(partition):
        producer.produce(topic, value=b"kafka", partition=partition,
                         on_delivery=lambda error, message: outcome.update({partition: error.name() if error else "stored"}))
        assert producer.flush(60) == 0

    began = time.time()
    send(0)
    seconds = time.time() - began
    send(1)
    return outcome[0], seconds, outcome[1]


def kafka_python_refused(address, topic, **config):
    from kafka import KafkaProducer
    producer = KafkaProducer(bootstrap_servers=address, **config)

    def send(partition):
        try:
            producer.send(topic, value=b"kafka", partition=partition).get(60)
            return "stored"
        except Exception as error:
            return type(error).__name__

    began = time.time()
    first = send(0)
    seconds = time.time() - began
    return first, seconds, send(1)


def refused(address, topic):
    for name, run in {
        "librdkafka": lambda: confluent_refused(address, topic),
        "librdkafka, idempotent": lambda: confluent_refused(address, topic, **{"enable.idempotence": True}),
        "kafka-python": lambda: kafka_python_refused(address, topic, enable_idempotence=False),
        "kafka-python, idempotent": lambda: kafka_python_refused(address, topic, enable_idempotence=True),
    }.items():
        error, seconds, then = run()
        print(json.dumps({"producer": name, "error": error, "seconds": seconds, "then": then}), flush=True)


def flow(address, topic):
    from confluent_kafka import Producer
    import threading
    producer = Producer({"bootstrap.servers": address, "enable.idempotence": True, "linger.ms": 2,
                         "topic.metadata.refresh.interval.ms": 200})
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    acked, errors = [], {}

    def told(error, message):
        if error:
            errors[error.name()] = errors.get(error.name(), 0) + 1
        else:
            acked.append(message.value().decode())

    i = 0
    while not stop.is_set():
        producer.produce(topic, key=f"kafka-{i % 20}".encode(), value=f"kafka-{i % 20} {i // 20}".encode(), on_delivery=told)
        producer.poll(0)
        time.sleep(0.002)
        i += 1
    assert producer.flush(60) == 0
    print(json.dumps({"acked": acked, "errors": errors}))


def transaction(address, topic):
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": address, "transactional.id": f"across {topic}"})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, value=b"in a transaction", partition=0)
    assert producer.flush(30) == 0
    print("open", flush=True)
    sys.stdin.readline()
    producer.commit_transaction(30)
    print("committed", flush=True)


if __name__ == "__main__":
    address, command, topic = sys.argv[1:]
    {"refused": refused, "flow": flow, "transaction": transaction}[command](address, topic)
