import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = pathlib.Path(os.environ.get("PINFLOW_BINARY", ROOT / "build/release/pinflow"))


def free_port():
    """For a server that is to keep its address when it is started again."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class CommandFailed(AssertionError):
    def __init__(self, arguments, result):
        super().__init__(f"pinflow {' '.join(map(str, arguments))} ended with {result.returncode}:\n{result.stderr}")
        self.code, self.stdout, self.stderr = result.returncode, result.stdout, result.stderr


def command(*arguments, input=None, timeout=120, check=True, cwd=None):
    """Runs `pinflow ARGUMENTS`; the finished process, or CommandFailed."""
    result = subprocess.run([BINARY, *map(str, arguments)], input=input, capture_output=True, text=True, timeout=timeout,
                            cwd=cwd)
    if check and result.returncode:
        raise CommandFailed(arguments, result)
    return result


class Pinflow:
    """One `pinflow up` on free ports. start() waits for the ready line; use as a context manager to stop it."""

    def __init__(self, data, *arguments, log=None, environment=None, kafka="127.0.0.1:0", http="127.0.0.1:0",
                 console="127.0.0.1:0", connect="127.0.0.1:0"):
        self.data, self.arguments, self.environment = pathlib.Path(data), arguments, environment
        self.kafka = ["--kafka", kafka or "none"]  # without: the door stays closed
        self.listen = ["--http", http, "--console", console, "--connect", connect or "none"]
        self.process = None
        self.log = log or self.data.parent / f"{self.data.name}.log"

    def _launch(self):
        up = [BINARY, "up", "--data", self.data, *self.kafka, *self.listen, *self.arguments]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in up], stdout=subprocess.PIPE, stderr=log, text=True,
                                            env={**os.environ, **(self.environment or {})})

    def start_and_kill(self, seconds):
        """kill -9 that long after the start, ready or not."""
        self._launch()
        time.sleep(seconds)
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def start(self, timeout=30):
        started = time.monotonic()
        self._launch()
        line = self._first_line(timeout)
        self.start_seconds = time.monotonic() - started
        if not line:
            raise AssertionError(f"pinflow up said nothing on stdout (exit {self.process.poll()}):\n{self.log_tail()}")
        self.ready = json.loads(line)
        self.http, self.console, self.pid = self.ready["http"], self.ready["console"], self.ready["pid"]
        return self

    def _first_line(self, timeout):
        lines = []
        reader = threading.Thread(target=lambda: lines.append(self.process.stdout.readline()), daemon=True)
        reader.start()
        reader.join(timeout)
        return lines[0] if lines else ""

    def log_tail(self, size=4000):
        return self.log.read_text(errors="replace")[-size:]

    def kill(self):
        """kill -9, as a power switch for one process."""
        os.kill(self.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, timeout=60):
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(timeout)
        assert code == 0, f"pinflow ended with {code}:\n{self.log_tail()}"

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, error, *_):
        if error is None and self.process.poll() is None:
            self.stop()
        elif self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    # What the command line asks.
    def run(self, name, *arguments, **options):
        return command(name, *arguments, "--url", self.console, **options)

    def sql(self, statement, **options):
        """Rows as dicts."""
        answer = self.run("sql", "--format", "ndjson", statement, **options).stdout
        return [json.loads(line) for line in answer.split("\n") if line]  # a value may hold U+2028: no splitlines()

    def value(self, statement):
        rows = self.sql(statement)
        assert len(rows) == 1, rows
        return next(iter(rows[0].values()))

    def drain(self, timeout="60s"):
        self.run("drain", "--timeout", timeout)

    # What the operating system knows of it.
    def memory_bytes(self):
        fields = dict(line.split(":", 1) for line in open(f"/proc/{self.pid}/status"))
        return int(fields["VmRSS"].split()[0]) * 1024

    def cpu_seconds(self):
        fields = open(f"/proc/{self.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
