"""Only with --all: Kafka's own DumpLogSegments reads what the log writes."""
import re
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
    for snapshot in sample.glob("*.snapshot"):
        dump_log_segments(snapshot)
    text = dump_log_segments(max(sample.with_name("producers-0").glob("*.snapshot")))
    last = {line.split()[1]: line for line in text.splitlines() if line.startswith("producerId:")}  # as Kafka takes it
    assert set(last) == {"7", "8"}
    assert text.count("producerId: 7 ") == 5, "the last five batches"
    assert "producerEpoch: 3 coordinatorEpoch: -1 currentTxnFirstOffset: OptionalLong.empty" in last["7"]
    assert "firstSequence: 45 lastSequence: 49 lastOffset: 103 offsetDelta: 4" in last["7"]
    assert "producerEpoch: 3 coordinatorEpoch: 4 currentTxnFirstOffset: OptionalLong[110]" in last["8"]


def test_transactions(sample):
    folder = sample.with_name("producers-0")
    batches = "".join(dump_log_segments(path, "--deep-iteration") for path in folder.glob("*.log"))
    assert batches.count("endTxnMarker: COMMIT coordinatorEpoch: 4") == 5
    assert batches.count("endTxnMarker: ABORT coordinatorEpoch: 4") == 5
    indexes = "".join(dump_log_segments(path) for path in sorted(folder.glob("*.txnindex")))
    assert [line for line in indexes.splitlines() if "producerId" in line] == [
        f"version: 0 producerId: 8 firstOffset: {at} lastOffset: {at + 5} lastStableOffset: {at + 6}"
        for at in range(16, 110, 22)]


def test_compacted(sample):
    """What compaction wrote: sound, offsets with gaps, indexes that fit, delete horizons where Kafka sees them."""
    folder = sample.with_name("compacted-0")
    assert not list(folder.glob("*.cleaned")) and not list(folder.glob("*.swap"))
    text = "".join(dump_log_segments(path, "--deep-iteration", "--print-data-log")
                   for path in sorted(folder.glob("*.log")))
    assert "isvalid: false" not in text and "Found invalid messages" not in text, text[-2000:]
    offsets = [int(word) for word in re.findall(r"^\| offset: (\d+)", text, re.MULTILINE)]
    assert offsets == sorted(set(offsets)) and 10 < len(offsets) < 400
    assert "deleteHorizonMs: OptionalLong[1600086500000]" in text, "1 day behind the pass"
    assert text.count("key: gone") == 1
    for index in sorted([*folder.glob("*.index"), *folder.glob("*.timeindex")]):
        for option in ("--index-sanity-check", "--verify-index-only"):
            found = dump_log_segments(index, option)
            for complaint in ("Mismatches", "Index timestamp mismatch", "not found", "out of order"):
                assert complaint not in found, (index, found[-2000:])
