"""What Kafka promises never happens, looked for in a history: anomalies(events) yields each with its name and evidence.

inconsistent-offset   one offset, two values, in anything that was acked or read
lost-write            acked, or in a committed transaction, and not there at the end
wrong-offset          acked with an offset at which something else is
duplicate             of an idempotent or transactional producer, at two offsets
unwritten             a value that nobody sent, or that the library refused
aborted-read          a read_committed reader, at any time, saw what was aborted or never committed
premature-read        a read_committed reader saw a record before its producer asked for the commit
partial-transaction   at the end some records of a transaction are there, others not
vanished-read         read once, and not there at the end
poll-skip             a reader went past a record of a partition it had
nonmonotonic-poll     a reader went back in a partition it had
nonmonotonic-send     records of one idempotent or transactional producer stand in another order than they were sent
reorder               sent after another was acked, and stands before it
end-backwards         a partition's end, as told, below what had been acked
commit-backwards      a group's committed offset, written or read, below what had been committed
group-skip            a group committed past a record that none of its members was given
transform-lost        consumed and committed in a transaction without what was made of it
transform-twice       made twice of one record, or made of one that is not committed as consumed
zombie                an old incarnation of a transactional producer was heard after its successor had begun
position-lost         a reader was told that its place in a log that only grows is gone
producer-failed       an idempotent producer, or a transactional one that nobody fenced, was told to give up
"""
import bisect
import collections
import dataclasses

from .facts import Facts


@dataclasses.dataclass
class Anomaly:
    kind: str
    text: str

    def __str__(self):
        return f"{self.kind}: {self.text}"


def anomalies(events):
    facts = Facts(events)
    for check in (offsets_agree, values_are_sent, writes_are_kept, transactions_are_whole, reads_are_committed,
                  reads_are_kept, polls_go_on, sends_keep_order, time_keeps_order, groups_go_forward, groups_skip_nothing,
                  transforms_happen_once, zombies_are_silent, clients_live):
        yield from check(facts)


def offsets_agree(facts):
    seen = {}
    for k, o, v, event in facts.placed():
        first, before = seen.setdefault((k, o), (v, event))
        if first != v:
            yield Anomaly("inconsistent-offset", f"{k}@{o} was {first} in {facts.told(before)}, then {v} in {facts.told(event)}")


def values_are_sent(facts):
    told = set()
    for k, o, v, event in facts.placed():
        send = facts.sends.get(v)
        if (send is None or send["k"] != k or v in facts.unsent) and (k, v) not in told:
            told.add((k, v))
            yield Anomaly("unwritten", f"{v} at {k}@{o} in {facts.told(event)}; sent: {send}")


def writes_are_kept(facts):
    for v, ack in facts.acks.items():
        k, tx = ack["k"], facts.sends[v].get("tx")
        found = facts.where["uncommitted"].get(v, [])
        if not found:
            if tx is None or facts.is_committed(tx):
                yield Anomaly("lost-write", f"{v}, {facts.told(ack)}, is not in {k} at the end")
        elif ack["o"] is not None and ack["o"] not in found:
            yield Anomaly("wrong-offset", f"{v}, {facts.told(ack)}, is at {found}")
    for v, found in facts.where["uncommitted"].items():
        if len(found) > 1 and facts.kind_of(v) != "plain":
            yield Anomaly("duplicate", f"{v} of {facts.told(facts.sends.get(v))} is at {found}")


def transactions_are_whole(facts):
    for tx, values in facts.transactions.items():
        there = [v for v in values if v in facts.where["committed"]]
        missing = [v for v in values if v not in facts.where["committed"]]
        if facts.is_committed(tx):
            for v in missing:
                yield Anomaly("lost-write", f"{v} of the transaction {tx}, {facts.told(facts.commits[tx])}, is not read at the end")
        if there and facts.is_aborted(tx):
            yield Anomaly("aborted-read", f"at the end {there} of {tx} are read; {facts.fate(tx)}")
        elif there and missing:
            yield Anomaly("partial-transaction", f"of {tx} are read at the end {there}, but not {missing}; {facts.fate(tx)}")


def reads_are_committed(facts):
    for consumer, event in facts.polls():
        if consumer["level"] != "committed":
            continue
        for k, o, v in event["rs"]:
            tx = facts.sends.get(v, {}).get("tx")
            if tx is None:
                continue
            if facts.is_aborted(tx):
                yield Anomaly("aborted-read", f"{v} at {k}@{o} in {facts.told(event)}; {facts.fate(tx)}")
            elif event["t"] < facts.asked[tx]["t"]:
                yield Anomaly("premature-read", f"{v} at {k}@{o} in {facts.told(event)}; {facts.fate(tx)}")


def reads_are_kept(facts):
    for consumer, event in facts.polls():
        for k, o, v in event["rs"]:
            if o not in facts.where[consumer["level"]].get(v, []):
                yield Anomaly("vanished-read", f"{v} at {k}@{o} in {facts.told(event)} is at the end not there for "
                                               f"read_{consumer['level']}")


def polls_go_on(facts):
    """Readers write down where they start, what they get, and when they give a partition back."""
    before = {}  # by reader and partition: the last offset passed
    for event in facts.events:
        reader = event["p"]
        if event["f"] == "assigned":
            before.update({(reader, k): None if o is None else o - 1 for k, o in event["ks"].items()})
        elif event["f"] == "revoked":
            for k in event["ks"]:
                before.pop((reader, k), None)
        elif event["f"] == "polled":
            offsets = facts.offsets[facts.consumers[reader]["level"]]
            for k, o, v in event["rs"]:
                last = before.get((reader, k))
                before[reader, k] = o
                if last is None:
                    continue
                if o <= last:
                    yield Anomaly("nonmonotonic-poll", f"{v} at {k}@{o} after @{last} in {facts.told(event)}")
                there = offsets.get(k, [])
                skipped = there[bisect.bisect_right(there, last):bisect.bisect_left(there, o)]
                if skipped:
                    yield Anomaly("poll-skip", f"from {k}@{last} to @{o} in {facts.told(event)}, past {skipped[:5]} "
                                               f"({len(skipped)} records)")


def sends_keep_order(facts):
    last = {}
    for v, send in facts.sends.items():
        found = facts.where["uncommitted"].get(v)
        if not found or facts.kind_of(v) == "plain":
            continue
        offset, earlier = last.get((send["p"], send["k"]), (-1, None))
        if found[0] < offset:
            yield Anomaly("nonmonotonic-send", f"{v} was sent after {earlier}, and is at {send['k']}@{found[0]}, before @{offset}")
        last[send["p"], send["k"]] = found[0], v


def time_keeps_order(facts):
    """What has been acked is below all that is sent from then on, and below the end of the partition."""
    acked = {}
    for event in facts.by_start:
        k = event.get("k")
        highest, ack = acked.get(k, (-1, None))
        if event["f"] == "ack" and (event["o"] or -1) > highest:
            acked[k] = event["o"], event
        elif event["f"] == "send":
            for o in facts.where["uncommitted"].get(event["v"], []):
                if o <= highest:
                    yield Anomaly("reorder", f"{facts.told(event)} is at {k}@{o}, but {facts.told(ack)} was before")
        elif event["f"] == "end" and event["o"] <= highest:
            yield Anomaly("end-backwards", f"{facts.told(event)}, but {facts.told(ack)} was before")


def groups_go_forward(facts):
    highest = collections.defaultdict(lambda: (-1, None))
    done = []  # commits that are not yet over at the time of the sweep, by their end
    for start, end, group, ks, event in facts.commitments():
        while done and done[0][0] < start:
            _, _, g, earlier, told = done.pop(0)
            for k, o in earlier.items():
                highest[g, k] = max(highest[g, k], (o, told["t"]))
        for k, o in ks.items():
            if o < highest[group, k][0]:
                yield Anomaly("commit-backwards", f"{group} {k}: {facts.told(event)}, but {highest[group, k][0]} was committed "
                                                  f"by {highest[group, k][1]:.3f}")
        if event["f"] != "offsets":
            bisect.insort(done, (end, id(event), group, ks, event))


def groups_skip_nothing(facts):
    given, ends, levels = collections.defaultdict(set), collections.defaultdict(int), {}
    for consumer, event in facts.polls():
        levels[consumer["group"]] = consumer["level"]
        for k, o, _ in event["rs"]:
            given[consumer["group"], k].add(o)
    for _, _, group, ks, event in facts.commitments():
        for k, o in ks.items():
            ends[group, k] = max(ends[group, k], o)
    for (group, k), end in ends.items():
        offsets = facts.offsets[levels.get(group, "committed")].get(k, [])
        missed = [o for o in offsets if o < end and o not in given[group, k]]
        if missed:
            yield Anomaly("group-skip", f"{group} committed {k}@{end}, but none of its members was given {missed[:5]} "
                                        f"({len(missed)} records)")


def transforms_happen_once(facts):
    made = collections.defaultdict(list)
    for v in facts.where["committed"]:
        if "src" in facts.sends.get(v, {}):
            made[tuple(facts.sends[v]["src"])].append(v)
    for (k, o), values in made.items():
        if len(values) > 1:
            yield Anomaly("transform-twice", f"of {k}@{o} were made {values}")
    for group, ends in facts.last_offsets.items():
        for k, end in ends.items() if group in facts.transform_groups else ():
            for o in facts.offsets["committed"].get(k, []):
                if o < end and not made[k, o]:
                    yield Anomaly("transform-lost", f"nothing was made of {k}@{o}, and {group} is at {end}")
                if o >= end and made[k, o]:
                    yield Anomaly("transform-twice", f"{made[k, o]} was made of {k}@{o}, but {group} is at {end}")


def zombies_are_silent(facts):
    """What a producer asks after its successor was ready must come to nothing."""
    for event in facts.events:
        if event["f"] not in ("ack", "commit"):
            continue
        asked = facts.sends[event["v"]] if event["f"] == "ack" else facts.asked[event["tx"]]
        successor = facts.successor(event["p"], asked["t"])
        if successor:
            yield Anomaly("zombie", f"{facts.told(asked)}, {facts.told(event)}, after {facts.told(successor)}")


def clients_live(facts):
    for event in facts.events:
        if event["f"] == "lost":
            yield Anomaly("position-lost", facts.told(event))
        elif event["f"] == "fatal" and not facts.gave_up_by_itself(event):
            yield Anomaly("producer-failed", facts.told(event))
