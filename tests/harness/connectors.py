"""S3 sink connectors as students configure them, and what lies in their buckets."""
import json
import time

import requests

# As they paste it, their names aside.
STUDENT = {
    "connector.class": "io.confluent.connect.s3.S3SinkConnector", "s3.region": "us-east-1", "flush.size": "1",
    "schema.compatibility": "NONE", "tasks.max": "3",
    "format.class": "io.confluent.connect.s3.format.json.JsonFormat",
    "partitioner.class": "io.confluent.connect.storage.partitioner.DefaultPartitioner",
    "value.converter.schemas.enable": "false", "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "storage.class": "io.confluent.connect.s3.storage.S3Storage",
    "key.converter": "org.apache.kafka.connect.storage.StringConverter"}


class Sink:
    def __init__(self, server, name, topics, **more):
        self.server, self.name, self.bucket = server, name, f"user-{name}-bucket"
        config = STUDENT | {"topics.regex": topics, "s3.bucket.name": self.bucket}
        config |= {key.replace("__", "."): value for key, value in more.items()}
        answer = self.ask("POST", "/connectors", {"name": name, "config": config})
        assert answer.status_code == 201, answer.text

    def ask(self, method, path, body=None):
        return requests.request(method, self.server.ready["connect"] + path, json=body, timeout=30)

    def objects(self):
        """Key to contents."""
        root = self.server.data / "objects" / self.bucket
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*"))
                if path.is_file() and ".~tmp" not in path.parts}

    def wait_objects(self, count, seconds=30):
        assert wait(lambda: len(self.objects()) >= count, seconds), (self.objects(), self.status())
        return self.objects()

    def status(self):
        return self.ask("GET", f"/connectors/{self.name}/status").json()

    def records(self):
        lines = [line for contents in self.objects().values() for line in contents.decode().splitlines()]
        return sorted(json.loads(line)["i"] for line in lines)


def wait(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
