"""A history, sorted into what the checks ask for."""
import collections
import json


class Facts:
    def __init__(self, events):
        self.events = events
        self.sends, self.acks, self.unsent = {}, {}, set()
        self.producers, self.consumers = {}, {}  # by process
        self.transactions = collections.defaultdict(list)  # values by transaction
        self.asked, self.commits, self.aborts = {}, {}, {}  # by transaction
        self.aborting = {}  # by process: the transaction whose abort it asked for last
        self.begun = collections.defaultdict(list)  # by transactional id: the events init
        self.where = {"committed": collections.defaultdict(list), "uncommitted": collections.defaultdict(list)}
        self.offsets = {"committed": {}, "uncommitted": {}}  # by level and partition: those that have a record
        self.last_offsets = {}  # by group, as they were read at the end
        for event in events:
            getattr(self, "_" + event["f"].replace("?", "_asked"), lambda _: None)(event)
        self.by_start = sorted(events, key=lambda event: event.get("t0", event["t"]))
        self.transform_groups = {event["group"] for event in self.asked.values() if "group" in event}

    def _producer(self, event):
        self.producers[event["p"]] = event

    def _consumer(self, event):
        self.consumers[event["p"]] = event

    def _init(self, event):
        self.begun[self.producers[event["p"]]["id"]].append(event)

    def _send(self, event):
        self.sends[event["v"]] = event
        if "tx" in event:
            self.transactions[event["tx"]].append(event["v"])

    def _unsent(self, event):
        self.unsent.add(event["v"])

    def _ack(self, event):
        self.acks[event["v"]] = event

    def _commit_asked(self, event):
        self.asked[event["tx"]] = event

    def _commit(self, event):
        self.commits[event["tx"]] = event

    def _abort_asked(self, event):
        self.aborting[event["p"]] = event["tx"]

    def _abort(self, event):
        self.aborts[event["tx"]] = event

    def _final(self, event):
        self.offsets[event["level"]][event["k"]] = [o for _, o, _ in event["rs"]]
        for _, o, v in event["rs"]:
            self.where[event["level"]][v].append(o)

    def _offsets(self, event):
        if event["p"] == "end":
            self.last_offsets[event["group"]] = event["ks"]

    def is_committed(self, tx):
        return tx in self.commits

    def is_aborted(self, tx):
        """Surely: it was aborted, or nobody ever asked for its commit."""
        return tx in self.aborts or tx not in self.asked

    def gave_up_by_itself(self, event):
        """Where librdkafka is to blame, with any broker: it asks to abort what never reached the broker and takes the
        answer for the end (its issue 4849); after an abort it forgets that a batch without an answer may be stored, and
        uses its sequence numbers again."""
        tx, code = self.aborting.get(event["p"]), event.get("code")
        if code == "INVALID_TXN_STATE":
            return tx is not None and tx not in self.aborts and not any(v in self.acks for v in self.transactions[tx])
        forgotten = (v for each in self.aborts if self.aborts[each]["p"] == event["p"] for v in self.transactions[each])
        return code == "OUT_OF_ORDER_SEQUENCE_NUMBER" and any(
            v not in self.acks and v in self.where["uncommitted"] for v in forgotten)

    def kind_of(self, v):
        return self.producers[self.sends[v]["p"]]["kind"] if v in self.sends else "plain"

    def polls(self):
        for event in self.events:
            if event["f"] == "polled":
                yield self.consumers[event["p"]], event
            elif event["f"] == "open":
                yield {"level": event["level"], "group": None}, event

    def placed(self):
        """(k, o, v, event) of all that was said about what is where."""
        for event in self.events:
            if event["f"] == "ack" and event["o"] is not None:
                yield event["k"], event["o"], event["v"], event
            for k, o, v in event.get("rs", []):
                yield k, o, v, event

    def commitments(self):
        """(start, end, group, offsets, event) of all that was said about committed offsets, by start."""
        found = []
        for event in self.events:
            if event["f"] in ("offsets", "committed"):
                found.append((event["t0"], event["t"], event["group"], event["ks"], event))
            elif event["f"] == "commit" and "group" in self.asked[event["tx"]]:
                asked = self.asked[event["tx"]]
                found.append((asked["t"], event["t"], asked["group"], asked["ks"], event))
        return sorted(found, key=lambda each: each[:2])

    def successor(self, process, time):
        """The init that had ended by then of another producer with the same transactional id, begun after this one."""
        begun = self.begun.get((self.producers.get(process) or {}).get("id"), [])
        mine = max((event["t"] for event in begun if event["p"] == process), default=None)
        return next((event for event in begun if mine is not None and event["p"] != process and mine < event["t"] < time),
                    None)

    def told(self, event):
        """An event in a few words: a long list is cut."""
        if event is None:
            return "nothing"
        more = {name: value for name, value in event.items() if name not in ("t", "p", "f")}
        text = json.dumps(more, separators=(",", ":"))
        return f"[{event['t']:.3f} {event['p']} {event['f']} {text if len(text) < 200 else text[:200] + '…'}]"

    def fate(self, tx):
        events = (self.asked.get(tx), self.commits.get(tx), self.aborts.get(tx))
        return "its fate: " + (", ".join(self.told(event) for event in events if event) or "no commit was ever asked for")
