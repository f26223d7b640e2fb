"""One seeded run: a server, clients, faults, and the last reads when all is quiet again."""
import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic
from harness import Pinflow

from .clients import TRANSACTION_TIMEOUT_MS
from .history import Journal
from .proxy import Proxy
from .view import GROUPS, View

CLIENTS = pathlib.Path(__file__).with_name("clients.py")
PRODUCERS = ["plain", "idempotent", "idempotent", "tx|a", "tx|b"]
TRANSFORMERS = ["transform|between|x", "transform|between|y"]
READERS = ["assign|committed", "assign|uncommitted", "group|all|committed|range", "group|all|committed|range",
           "group|sticky|uncommitted|cooperative-sticky", "group|sticky|uncommitted|cooperative-sticky"]
TOPICS = {"t0": 2, "t1": 3, "t2": 1, "out": 2}


class Slot:
    """A client that is started again when it ends, as a new one with the same task."""

    def __init__(self, run, number, role):
        self.run, self.number, self.role, self.lives, self.process = run, number, role, 0, None

    def start(self):
        name = f"{self.role.split('|')[0]}{self.number}.{self.lives}"
        self.lives += 1
        command = [sys.executable, CLIENTS, self.run.proxy.address, self.role, name, self.run.folder, str(self.run.seed)]
        with open(self.run.folder / f"{name}.err", "wb") as errors:
            self.process = subprocess.Popen(command, stderr=errors)

    def end(self, timeout):
        """In order; whether it managed to."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        return finished(self.process, timeout)


def finished(process, timeout):
    try:
        process.wait(timeout)
        return True
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False


class Run:
    def __init__(self, folder, seed, seconds):
        self.folder, self.seed, self.seconds, self.chance = pathlib.Path(folder), seed, seconds, random.Random(seed)
        self.folder.mkdir(parents=True)
        self.proxy, self.counts, self.zombies, self.topics = Proxy(), collections.Counter(), [], dict(TOPICS)
        config = self.folder / "pinflow.toml"
        config.write_text(f'[kafka]\nadvertised = "{self.proxy.address}"\n')
        self.server = Pinflow(self.folder / "data", "--config", config)
        self.slots = [Slot(self, number, role) for number, role in enumerate(PRODUCERS + TRANSFORMERS + READERS)]
        self.log = open(self.folder / "faults.log", "w")

    def everything(self):
        """Returns the anomalies that show without a history: a server that does not come back, clients that hang."""
        try:
            self.start_server()
            self.create(self.topics)
            for slot in self.slots:
                slot.start()
            until = time.monotonic() + self.seconds
            while (left := until - time.monotonic()) > 0:
                time.sleep(min(left, self.chance.choice([0.1, 0.3, 1, 3])))
                self.revive()
                self.fault()
            return self.settle()
        finally:
            self.end()

    def note(self, text):
        print(f"{time.monotonic():.3f} {text}", file=self.log, flush=True)

    # --- the server and its topics

    def start_server(self):
        self.server.start()
        self.proxy.upstream = self.server.ready["kafka"]
        self.note("the server is ready")

    def admin(self):
        return AdminClient({"bootstrap.servers": self.proxy.address, "log_level": 0})

    def create(self, topics):
        """Segments are small, so that they roll. Clients use a topic once it is there."""
        admin, config = self.admin(), {"segment.bytes": "100000"}
        made = admin.create_topics([NewTopic(name, count, 1, config=config) for name, count in topics.items()])
        for each in made.values():
            each.result(30)
        new = self.folder / "topics.new"
        new.write_text(json.dumps([[name, count] for name, count in self.topics.items() if name != "out"]))
        os.replace(new, self.folder / "topics.json")

    # --- faults

    def revive(self):
        for slot in self.slots:
            if slot.process.poll() is not None:
                self.counts["clients that ended by themselves"] += 1
                slot.start()

    def fault(self):
        faults = {self.kill_server: 4, self.pause_server: 2, self.cut_all: 2, self.cut_some: 3, self.mute: 3,
                  self.stall: 2, self.kill_client: 4, self.make_zombie: 3, self.new_topic: 1, self.nothing: 3}
        chosen = self.chance.choices(list(faults), list(faults.values()))[0]
        self.note(chosen.__name__)
        self.counts[chosen.__name__.replace("_", " ")] += 1
        chosen()

    def nothing(self):
        pass

    def kill_server(self):
        self.server.kill()
        while self.chance.random() < 0.3:
            self.server.start_and_kill(self.chance.uniform(0, 0.4))
            self.counts["kill while starting"] += 1
        time.sleep(self.chance.choice([0, 0, 0.5, 3]))
        self.start_server()

    def pause_server(self):
        os.kill(self.server.pid, signal.SIGSTOP)
        time.sleep(self.chance.uniform(0.1, 4))
        os.kill(self.server.pid, signal.SIGCONT)

    def cut_all(self):
        self.proxy.cut(random.Random(self.chance.random()))

    def cut_some(self):
        self.proxy.cut(random.Random(self.chance.random()), self.chance.uniform(0.1, 0.6))

    def mute(self):
        self.proxy.mute(self.chance.uniform(0.1, 4))

    def stall(self):
        self.proxy.stall(self.chance.uniform(0.1, 4))

    def kill_client(self):
        slot = self.chance.choice(self.slots)
        self.note(f"kill -9 {slot.role} {slot.process.pid}")
        slot.process.kill()
        slot.process.wait()
        slot.start()

    def make_zombie(self):
        """A transactional client stands still, its successor begins, then it wakes."""
        self.wake(2)
        slot = self.chance.choice([slot for slot in self.slots if slot.role.startswith(("tx", "transform"))])
        slot.process.send_signal(signal.SIGSTOP)
        self.note(f"{slot.role} {slot.process.pid} becomes a zombie")
        self.zombies.append(slot.process)
        if self.chance.random() < 0.5:
            time.sleep(self.chance.uniform(0, 2))
        slot.start()
        if self.chance.random() < 0.5:
            time.sleep(self.chance.uniform(0, 3))
            self.wake(1)

    def wake(self, most):
        """Zombies go on; of those that are awake only so many stay."""
        for zombie in self.zombies:
            zombie.send_signal(signal.SIGCONT)
        while len(self.zombies) > most:
            oldest = self.zombies.pop(0)
            oldest.kill()
            oldest.wait()

    def new_topic(self):
        name, count = f"t{len(self.topics) - 1}", self.chance.randint(1, 3)
        try:
            self.create_new(name, count)
        except KafkaException as error:
            self.note(f"{name} was not made: {error}")

    def create_new(self, name, count):
        self.topics[name] = count
        try:
            self.create({name: count})
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                del self.topics[name]
                raise

    # --- the end

    def settle(self):
        """No more faults; producers end, then transactions, then readers. What did not come to its end, in words."""
        wrong, view = [], View(self.proxy.address, self.topics, Journal(self.folder, "end"))
        self.note("settling")
        self.wake(0)
        self.revive()
        writers = len(PRODUCERS)
        hung = [slot.role for slot in self.slots[:writers] if not slot.end(80)]
        if hung:
            wrong.append(f"stuck: producers did not end in 80 s without faults: {hung}")
        self.note("producers have ended")
        for level in ("committed", "uncommitted"):
            view.read_all("open", level)
        self.note("all was read")
        if self.chance.random() < 0.5:
            self.kill_server()
        wrong += self.wait_for("transactions are still open", view.open_partitions, TRANSACTION_TIMEOUT_MS / 1000 + 20)
        wrong += self.wait_for("groups do not reach the end", view.lags, 90)
        hung = [slot.role for slot in self.slots[writers:] if not slot.end(30)]
        if hung:
            wrong.append(f"stuck: readers did not end in 30 s without faults: {hung}")
        wrong += self.wait_for("transactions are still open", view.open_partitions, TRANSACTION_TIMEOUT_MS / 1000 + 20)
        if self.chance.random() < 0.5:
            self.kill_server()
        for group in GROUPS:
            view.group_offsets(group)
        for level in ("committed", "uncommitted"):
            view.read_all("final", level)
        self.server.stop()
        return wrong

    def wait_for(self, what, left, seconds):
        until = time.monotonic() + seconds
        self.note(f"until no {what}")
        while open_now := left():
            if time.monotonic() > until:
                return [f"stuck: {what} after {seconds:.0f} s without faults: {open_now}"]
            self.note(f"{open_now}")
            self.revive_readers()
            time.sleep(0.5)
        return []

    def revive_readers(self):
        for slot in self.slots[len(PRODUCERS):]:
            if slot.process.poll() is not None and not slot.process.returncode == 0:
                slot.start()

    def end(self):
        for process in [slot.process for slot in self.slots if slot.process] + self.zombies:
            process.kill()
            process.wait()
        if self.server.process and self.server.process.poll() is None:
            self.server.process.kill()
            self.server.process.wait()
