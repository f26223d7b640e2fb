"""Only with --all: Kafka's own DumpLogSegments reads what the log writes."""
import subprocess

import pytest

from harness.others import built, dump_log_segments

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A partition of 500 records over several segments."""
    folder = tmp_path_factory.mktemp("log")
    subprocess.run([built("log_sample"), folder], check=True, timeout=60)
    return folder / "sample-0"


def test_segments(sample):
    segments = sorted(sample.glob("*.log"))
    assert len(segments) > 1
    seen = 0
    for segment in segments:
        text = dump_log_segments(segment, "--deep-iteration", "--print-data-log")
        assert "isvalid: false" not in text and "Found invalid messages" not in text, text[-2000:]
        seen += text.count("payload: record ")
    assert seen == 500


def test_indexes(sample):
    indexes = sorted([*sample.glob("*.index"), *sample.glob("*.timeindex")])
    assert indexes
    for index in indexes:
        for option in ("--index-sanity-check", "--verify-index-only"):
            text = dump_log_segments(index, option)
            for complaint in ("Mismatches", "Index timestamp mismatch", "not found", "out of order"):
                assert complaint not in text, (index, text[-2000:])


def test_producer_snapshots(sample):
    snapshots = list(sample.glob("*.snapshot"))
    assert snapshots
    for snapshot in snapshots:
        dump_log_segments(snapshot)
