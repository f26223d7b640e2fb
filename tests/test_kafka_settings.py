"""Settings of the broker that clients change while it runs, docs/broker_settings.md."""
import subprocess

from harness import ROOT, Pinflow

CLIENT = ROOT / "tests/kafka_clients/settings.py"


def test_changes_hold_until_they_are_deleted(binary, kafka_python, tmp_path):
    def client(action):
        result = subprocess.run([kafka_python, CLIENT, pinflow.ready["kafka"], action], capture_output=True, text=True,
                                timeout=120)
        assert result.returncode == 0, f"{action}:\n{result.stdout}{result.stderr[-4000:]}"

    configuration = tmp_path / "pinflow.toml"
    configuration.write_text("[kafka]\nnum_partitions = 4\n[topics]\nretention.bytes = 1000000000\nsegment.bytes = 16384\n")
    pinflow = Pinflow(tmp_path / "data", "--config", configuration).start()
    client("change")
    assert "sasl.kerberos.min.time.before.relogin is kept, and has no effect" in pinflow.log_tail(100_000)
    pinflow.kill()
    kept = (tmp_path / "data/broker_settings.json").read_text()
    assert '"log.retention.bytes":"20000"' in kept and "swordfish" not in kept, kept
    pinflow.start()
    client("delete")
    pinflow.stop()


def test_a_file_that_cannot_be_read_stops_the_start(binary, tmp_path):
    pinflow = Pinflow(tmp_path / "data")
    (tmp_path / "data").mkdir()
    for text, why in (('{"version":1,"cluster":{"log.ret', "this is not JSON"),
                      ('{"version":1,"cluster":{},"broker":{"log.segment.bytes":"1"}}', "segment.bytes cannot be '1'")):
        (tmp_path / "data/broker_settings.json").write_text(text)
        pinflow.start_and_kill(3)
        assert "broker_settings.json" in pinflow.log_tail() and why in pinflow.log_tail()
        assert pinflow.process.returncode == 1
