"""Other people's servers and loops, started beside Pinflow, killed and started again."""
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

from .others import java_program
from .server import free_port


def until(told, seconds=90):
    """What told() says once it is not nothing."""
    end = time.monotonic() + seconds
    while not (answer := told()):
        assert time.monotonic() < end, f"not after {seconds} s"
        time.sleep(0.5)
    return answer


class Program:
    """A program that is killed and started again; what it says goes into a file."""

    def __init__(self, command, log):
        self.command, self.log, self.process = command, log, None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        return self

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.kill()


class ConnectWorker:
    """Kafka Connect itself, on Pinflow's broker."""

    def __init__(self, programs, server, folder):
        self.url = f"http://127.0.0.1:{free_port()}"
        settings = {"bootstrap.servers": server.ready["kafka"], "group.id": "connect", "listeners": self.url,
                    "exactly.once.source.support": "enabled", "offset.flush.interval.ms": 500,
                    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
                    "value.converter": "org.apache.kafka.connect.storage.StringConverter",
                    "session.timeout.ms": 6000, "heartbeat.interval.ms": 1000, "plugin.discovery": "service_load",
                    "scheduled.rebalance.max.delay.ms": 1000, "transaction.timeout.ms": 6000}
        for each in ("config", "offset", "status"):
            settings[f"{each}.storage.topic"] = f"connect.{each}"
            settings[f"{each}.storage.replication.factor"] = 1
        (folder / "worker.properties").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        self.program = programs(java_program("kafka_java/connect", "org.apache.kafka.connect.cli.ConnectDistributed",
                                             folder / "worker.properties"), folder / "connect.log")

    def ask(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, body and json.dumps(body).encode(), method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except (urllib.error.URLError, OSError):
            return None

    def run(self, name, **settings):
        until(lambda: self.ask("PUT", f"/connectors/{name}/config",
                               {key.replace("_", "."): value for key, value in settings.items()}))

    def runs(self, name):
        status = self.ask("GET", f"/connectors/{name}/status")
        assert not status or not any(each["state"] == "FAILED" for each in status["tasks"]), status
        return status and [each["state"] for each in status["tasks"]] == ["RUNNING"]
