"""Each anomaly is found in a small history that has it, and in no other."""
import itertools

import pytest

from kafka_checker.checker import anomalies


class History:
    """Builds events one after the other, a second apart."""

    def __init__(self):
        self.events, self.clock = [], itertools.count(1)

    def __call__(self, p, f, **fields):
        self.events.append({"t": float(next(self.clock)), "p": p, "f": f, **fields})
        return self

    def producer(self, p, kind="idempotent", id=None):
        self(p, "producer", kind=kind, id=id)
        return self(p, "init") if id else self

    def sent(self, p, v, o, k="t/0", **more):
        return self(p, "send", k=k, v=v, **more)(p, "ack", k=k, v=v, o=o)

    def consumer(self, p, level="uncommitted", group=None, **starts):
        return self(p, "consumer", level=level, group=group)(p, "assigned", ks=starts or {"t/0": 0})

    def polled(self, p, *records):
        return self(p, "polled", rs=[["t/0", o, v] for o, v in records])

    def transaction(self, p, tx, *values, commit=True, asked=True, **commit_fields):
        for o, v in values:
            self.sent(p, v, o, tx=tx)
        if asked:
            self(p, "commit?" if commit else "abort?", tx=tx, **commit_fields)(p, "commit" if commit else "abort", tx=tx)
        return self

    def final(self, *records, committed=None, k="t/0"):
        for level, those in (("uncommitted", records), ("committed", records if committed is None else committed)):
            self("end", "final", level=level, k=k, rs=[[k, o, v] for o, v in those])
        return self

    def found(self):
        return [each.kind for each in anomalies(sorted(self.events, key=lambda event: event["t"]))]


@pytest.fixture
def history():
    return History()


def two(history, p="p", **kind):
    return history.producer(p, **kind).sent(p, "a", 0).sent(p, "b", 1)


def test_nothing_is_found_where_nothing_is_wrong(history):
    two(history).producer("q", "tx", "T").consumer("c", group="g").consumer("d", "committed")
    history.transaction("q", "x", (2, "c")).transaction("q", "y", (4, "d"), commit=False).sent("p", "e", 6)
    history.polled("c", (0, "a"), (1, "b"), (2, "c"), (4, "d"), (6, "e")).polled("d", (0, "a"), (1, "b"), (2, "c"), (6, "e"))
    history("c", "committed", group="g", ks={"t/0": 7}, t0=history.clock.__next__() - 0.5)
    history("c", "offsets", group="g", ks={"t/0": 7}, t0=history.clock.__next__() - 0.5)
    history.final((0, "a"), (1, "b"), (2, "c"), (4, "d"), (6, "e"), committed=[(0, "a"), (1, "b"), (2, "c"), (6, "e")])
    assert history.found() == []


def test_two_values_at_one_offset(history):
    two(history).consumer("c").polled("c", (0, "b")).final((0, "a"), (1, "b"))
    assert "inconsistent-offset" in history.found()


def test_a_lost_write(history):
    assert two(history).final((0, "a")).found() == ["lost-write"]


def test_an_ack_that_names_another_offset(history):
    assert two(history).final((0, "a"), (2, "b")).found() == ["wrong-offset"]


def test_a_record_twice(history):
    assert two(history).final((0, "a"), (1, "b"), (2, "b")).found() == ["duplicate"]


def test_a_plain_producer_may_write_twice(history):
    assert two(history, kind="plain").final((0, "a"), (1, "b"), (2, "b")).found() == []


def test_a_value_that_nobody_sent(history):
    assert two(history).final((0, "a"), (1, "b"), (2, "z")).found() == ["unwritten"]


def test_a_value_in_a_partition_that_it_was_not_sent_to(history):
    found = two(history)("p", "send", k="t/1", v="e").final((0, "a"), (1, "b"), (2, "e")).found()
    assert found == ["unwritten"]


def test_an_aborted_transaction_is_read_at_the_end(history):
    history.producer("q", "tx", "T").transaction("q", "x", (0, "a"), commit=False).final((0, "a"))
    assert history.found() == ["aborted-read"]


def test_an_aborted_transaction_is_read_once(history):
    history.producer("q", "tx", "T").transaction("q", "x", (0, "a"), commit=False).consumer("c", "committed")
    assert "aborted-read" in history.polled("c", (0, "a")).final((0, "a"), committed=[]).found()


def test_a_transaction_that_nobody_ended_is_read(history):
    history.producer("q", "tx", "T").transaction("q", "x", (0, "a"), asked=False)
    history("end", "open", level="committed", rs=[["t/0", 0, "a"]])
    assert "aborted-read" in history.final((0, "a"), committed=[]).found()


def test_a_read_before_the_commit(history):
    history.producer("q", "tx", "T").consumer("c", "committed").transaction("q", "x", (0, "a"), asked=False)
    history.polled("c", (0, "a")).transaction("q", "x").final((0, "a"))
    assert history.found() == ["premature-read"]


@pytest.mark.parametrize("committed", [True, False])
def test_a_part_of_a_transaction(history, committed):
    history.producer("q", "tx", "T").transaction("q", "x", (0, "a"), (1, "b"), asked=False)("q", "commit?", tx="x")
    if committed:
        history("q", "commit", tx="x")
    found = history.final((0, "a"), (1, "b"), committed=[(0, "a")]).found()
    assert found == ["lost-write"] * committed + ["partial-transaction"]


def test_a_read_that_is_not_there_at_the_end(history):
    history.producer("p")("p", "send", k="t/0", v="a").consumer("c").polled("c", (0, "a"))
    assert history.final().found() == ["vanished-read"]


@pytest.mark.parametrize("level", ["committed", "uncommitted"])
def test_a_record_is_passed_over(history, level):
    two(history).sent("p", "c", 2).consumer("c", level).polled("c", (0, "a")).polled("c", (2, "c"))
    assert history.final((0, "a"), (1, "b"), (2, "c")).found() == ["poll-skip"]


def test_the_first_record_is_passed_over(history):
    two(history).consumer("c").polled("c", (1, "b"))
    assert history.final((0, "a"), (1, "b")).found() == ["poll-skip"]


def test_a_reader_may_begin_elsewhere_when_it_is_assigned_anew(history):
    two(history).sent("p", "c", 2).consumer("c").polled("c", (0, "a"))("c", "revoked", ks=["t/0"])
    history("c", "assigned", ks={"t/0": 2}).polled("c", (2, "c"))("c", "revoked", ks=["t/0"])
    history("c", "assigned", ks={"t/0": None}).polled("c", (1, "b"))
    assert history.final((0, "a"), (1, "b"), (2, "c")).found() == []


def test_a_reader_goes_back(history):
    two(history).consumer("c").polled("c", (0, "a"), (1, "b")).polled("c", (1, "b"))
    assert history.final((0, "a"), (1, "b")).found() == ["nonmonotonic-poll"]


def test_sends_in_another_order(history):
    history.producer("p")("p", "send", k="t/0", v="a")("p", "send", k="t/0", v="b")
    assert history.final((0, "b"), (1, "a")).found() == ["nonmonotonic-send"]


def test_sends_of_one_transaction_in_another_order(history):
    history.producer("q", "tx", "T")("q", "send", k="t/0", v="a", tx="x")("q", "send", k="t/0", v="b", tx="x")
    history("q", "commit?", tx="x")("q", "commit", tx="x")
    assert history.final((0, "b"), (1, "a")).found() == ["nonmonotonic-send"]


def test_a_later_send_stands_before_an_acked_one(history):
    history.producer("p").producer("q").sent("p", "a", 1).sent("q", "b", 0)
    assert history.final((0, "b"), (1, "a")).found() == ["reorder"]


def test_an_end_below_what_was_acked(history):
    two(history)("c", "end", k="t/0", o=1, t0=100.0).final((0, "a"), (1, "b"))
    assert history.found() == ["end-backwards"]


def committed(history, f, o, t0, t):
    history.events.append({"t": t, "p": "c", "f": f, "group": "g", "ks": {"t/0": o}, "t0": t0})


@pytest.mark.parametrize("f", ["offsets", "committed"])
def test_a_committed_offset_goes_back(history, f):
    two(history).consumer("c", group="g").polled("c", (0, "a"), (1, "b")).final((0, "a"), (1, "b"))
    committed(history, "committed", 2, 100, 101)
    committed(history, f, 1, 102, 103)
    assert history.found() == ["commit-backwards"]


def test_commits_at_the_same_time_have_no_order(history):
    two(history).consumer("c", group="g").polled("c", (0, "a"), (1, "b")).final((0, "a"), (1, "b"))
    committed(history, "committed", 2, 100, 110)
    committed(history, "committed", 1, 102, 103)
    assert history.found() == []


def test_an_offset_committed_in_a_transaction_counts(history):
    two(history).consumer("c", group="g").polled("c", (0, "a"), (1, "b")).final((0, "a"), (1, "b")).producer("q", "tx", "T")
    history("q", "send", k="t/0", v="c", tx="x")("q", "commit?", tx="x", group="g", ks={"t/0": 2})("q", "commit", tx="x")
    history.final((2, "c"))
    committed(history, "offsets", 0, 102, 103)
    assert "commit-backwards" in history.found()


def test_a_group_goes_past_what_nobody_was_given(history):
    two(history).consumer("c", group="g", **{"t/0": 1}).polled("c", (1, "b")).final((0, "a"), (1, "b"))
    committed(history, "committed", 2, 100, 101)
    assert history.found() == ["group-skip"]


def transform(history, *made, end):
    """Two records, what was made of them by offset, and where the group is at the end."""
    two(history).consumer("c", "committed", "g").polled("c", (0, "a"), (1, "b")).producer("q", "tx", "T")
    for number, o in enumerate(made):
        history.sent("q", f"m{number}", number, k="out/0", tx="x", src=["t/0", o])
    history("q", "commit?", tx="x", group="g", ks={"t/0": 0})("q", "commit", tx="x")
    history("end", "offsets", group="g", ks={"t/0": end}, t0=100.0)
    history.final((0, "a"), (1, "b")).final(*[(number, f"m{number}") for number in range(len(made))], k="out/0")
    return history.found()


def test_transforms(history):
    assert transform(history, 0, 1, end=2) == []


def test_nothing_was_made_of_a_record(history):
    assert transform(history, 0, end=2) == ["transform-lost"]


def test_made_twice_of_one_record(history):
    assert transform(history, 0, 1, 1, end=2) == ["transform-twice"]


def test_made_of_a_record_that_is_not_committed(history):
    assert transform(history, 0, 1, end=1) == ["transform-twice"]


@pytest.mark.parametrize("begun", [True, False])
def test_a_zombie_commits(history, begun):
    history.producer("q.0", "tx", "T")
    if begun:
        history.producer("q.1", "tx", "T")
    history.transaction("q.0", "x", (0, "a"))
    assert history.final((0, "a")).found() == ["zombie", "zombie"] * begun  # its send and its commit


def test_what_clients_tell(history):
    history.producer("p").consumer("c")("c", "lost", error="…")("p", "fatal", error="…")
    assert history.final().found() == ["position-lost", "producer-failed"]


@pytest.mark.parametrize("acked", [True, False])
def test_librdkafka_gives_up_when_it_has_nothing_to_abort(history, acked):
    history.producer("q", "tx", "T")("q", "send", k="t/0", v="a", tx="x")
    if acked:
        history("q", "ack", k="t/0", v="a", o=0)
    history("q", "abort?", tx="x")("q", "fatal", error="…", code="INVALID_TXN_STATE").final((0, "a"), committed=[])
    assert history.found() == ["producer-failed"] * acked


@pytest.mark.parametrize("stored", [True, False])
def test_librdkafka_forgets_a_batch_that_it_aborted(history, stored):
    history.producer("q", "tx", "T")("q", "send", k="t/0", v="a", tx="x")("q", "abort?", tx="x")("q", "abort", tx="x")
    history("q", "fatal", error="…", code="OUT_OF_ORDER_SEQUENCE_NUMBER").final(*[(0, "a")] * stored, committed=[])
    assert history.found() == ["producer-failed"] * (not stored)
