"""What tests/test_kafka_admin.py has real clients ask of the broker; runs in the Python that has them.

admin.py ADDRESS ACTION DATA    DATA is the folder of the server; the actions are the functions below that have a text
"""
import os
import pathlib
import socket
import struct
import sys
import time
import uuid

import confluent_kafka
from confluent_kafka import Consumer, Producer, TopicCollection
from confluent_kafka import admin as confluent
from kafka import KafkaAdminClient, KafkaConsumer, OffsetSpec, TopicPartition
from kafka import errors as kafka_errors
from kafka import admin as kafka_python

NOT_NEEDED = confluent_kafka.KafkaError.ELECTION_NOT_NEEDED


def clients(address):
    return KafkaAdminClient(bootstrap_servers=address), confluent.AdminClient({"bootstrap.servers": address})


def make(address, name, partitions):
    """The topic, with three records in its partition 0."""
    other = confluent.AdminClient({"bootstrap.servers": address})  # kept: the answer ends with it
    other.create_topics([confluent.NewTopic(name, partitions, 1)])[name].result(20)
    producer = Producer({"bootstrap.servers": address})
    for _ in range(3):
        producer.produce(name, value=b"x" * 100, partition=0)
    assert producer.flush(20) == 0


def refused(kind, call, *arguments):
    try:
        call(*arguments)
    except kind as error:
        return error
    raise AssertionError(f"{call} was not refused")


def cluster(address, data):
    """The cluster, its partitions page by page, sizes and room on disk, elections, reassignments."""
    make(address, "cluster.a", 3)
    make(address, "cluster.b", 2)
    python, other = clients(address)
    described = python.describe_cluster()
    host, port = address.rsplit(":", 1)
    assert described["cluster_id"] == (pathlib.Path(data) / "cluster_id").read_text().strip(), described
    assert [(each["host"], each["port"]) for each in described["brokers"]] == [(host, int(port))], described
    node = described["brokers"][0]["broker_id"]
    assert described["controller_id"] == node, described
    result = other.describe_cluster(include_authorized_operations=True).result(20)
    assert result.cluster_id == described["cluster_id"] and result.controller.id == node
    assert confluent.AclOperation.ALTER_CONFIGS in result.authorized_operations

    topics, partitions, cursor = [], [], None
    while True:
        page = python.describe_topic_partitions(["cluster.b", "cluster.a"], 2, cursor)
        topics += [topic["name"] for topic in page["topics"]]
        partitions += [(topic["name"], each["partition_index"]) for topic in page["topics"] for each in topic["partitions"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert partitions == [("cluster.a", i) for i in range(3)] + [("cluster.b", i) for i in range(2)], partitions
    assert topics == ["cluster.a", "cluster.a", "cluster.b", "cluster.b"], topics

    logs = python.describe_log_dirs({"cluster.a": [0, 1], "cluster.b": [0]})
    folder = logs[0]["log_dirs"][0]
    assert folder["log_dir"] == str(pathlib.Path(data).absolute() / "log"), folder
    room = os.statvfs(data)
    assert folder["total_bytes"] == room.f_blocks * room.f_frsize
    assert 0 < folder["usable_bytes"] < folder["total_bytes"]
    for topic in folder["topics"]:
        for each in topic["partitions"]:
            place = pathlib.Path(data) / "log" / f"{topic['name']}-{each['partition_index']}"
            size = sum(file.stat().st_size for file in place.glob("*.log"))
            assert each["partition_size"] == size, (topic, each, size)
            assert (size > 300) == (each["partition_index"] == 0)
    assert len(python.describe_log_dirs()[0]["log_dirs"][0]["topics"]) >= 2

    answer = python.elect_leaders(0, {"cluster.a": [0]})
    assert answer.replica_election_results[0].partition_result[0].error_code == NOT_NEEDED, answer
    place = confluent_kafka.TopicPartition("cluster.a", 1)
    nowhere = confluent_kafka.TopicPartition("cluster.nowhere", 0)
    elected = other.elect_leaders(confluent_kafka.ElectionType.UNCLEAN, [place, nowhere]).result(20)
    assert elected[place].code() == NOT_NEEDED
    assert elected[nowhere].code() == confluent_kafka.KafkaError.UNKNOWN_TOPIC_OR_PART
    assert python.list_partition_reassignments() == {}
    first = TopicPartition("cluster.a", 0)
    assert python.alter_partition_reassignments({first: [node]}) == {first: None}
    assert python.alter_partition_reassignments({first: [node + 1]})[first] is kafka_errors.InvalidReplicationAssignmentError
    assert python.alter_partition_reassignments({first: None})[first] is kafka_errors.NoReassignmentInProgressError


def transactions(address, data):
    """A transaction that is open, and what becomes of it; the producers of a partition."""
    make(address, "tx.pins", 2)
    python, _ = clients(address)
    place = TopicPartition("tx.pins", 0)
    before = python.describe_producers([place])[place].active_producers
    assert all(each.current_transaction_start_offset == -1 for each in before)
    producer = Producer({"bootstrap.servers": address, "transactional.id": "admin tx", "transaction.timeout.ms": 20000})
    producer.init_transactions(20)
    producer.begin_transaction()
    producer.produce("tx.pins", value=b"y", partition=0)
    assert producer.flush(20) == 0

    described = python.describe_transactions(["admin tx"])["admin tx"]
    assert described.state.value == "Ongoing" and described.transaction_timeout_ms == 20000
    assert described.topic_partitions == {place}
    assert abs(described.transaction_start_time_ms / 1000 - time.time()) < 60
    listed = next(iter(python.list_transactions(state_filters=["Ongoing"]).values()))
    assert [(each.transactional_id, each.producer_id) for each in listed] == [("admin tx", described.producer_id)]
    assert next(iter(python.list_transactions(state_filters=["PrepareCommit"]).values())) == []
    assert next(iter(python.list_transactions(duration_filter_ms=3_600_000).values())) == []
    open_ones = [each for each in python.describe_producers([place])[place].active_producers
                 if each.current_transaction_start_offset >= 0]
    assert [(each.producer_id, each.producer_epoch, each.last_sequence, each.current_transaction_start_offset)
            for each in open_ones] == [(described.producer_id, described.producer_epoch, 0, 3)], open_ones
    assert python.find_hanging_transactions() == []

    producer.commit_transaction(20)
    deadline = time.time() + 10
    while python.describe_transactions(["admin tx"])["admin tx"].state.value != "CompleteCommit":
        assert time.time() < deadline
    assert all(each.current_transaction_start_offset == -1
               for each in python.describe_producers([place])[place].active_producers)
    refused(kafka_errors.TransactionalIdNotFoundError, python.describe_transactions, ["nobody"])


def groups(address, data):
    """Several groups in one request, their type, and topics that are deleted by id."""
    make(address, "groups.a", 1)
    python, other = clients(address)
    for name in ("groups one", "groups two"):
        consumer = Consumer({"bootstrap.servers": address, "group.id": name})
        consumer.commit(offsets=[confluent_kafka.TopicPartition("groups.a", 0, len(name))], asynchronous=False)
        consumer.close()
    place = TopicPartition("groups.a", 0)
    fetched = python.list_group_offsets(["groups one", "groups two", "groups three"])
    assert {name: offsets[place].offset for name, offsets in fetched.items() if offsets} == \
        {"groups one": 10, "groups two": 10}, fetched
    listed = {each["group_id"]: each for each in python.list_groups(types_filter=["classic"])}
    assert listed["groups one"]["group_type"] == "classic", listed
    assert "groups one" not in [each["group_id"] for each in python.list_groups(types_filter=["consumer"])]
    valid = other.list_consumer_groups(types={confluent_kafka.ConsumerGroupType.CLASSIC}).result(20).valid
    assert "groups one" in [each.group_id for each in valid]
    assert python.list_partition_offsets({place: OffsetSpec.EARLIEST_LOCAL})[place].offset == 0
    assert python.list_partition_offsets({place: OffsetSpec.MAX_TIMESTAMP})[place].offset >= 0

    described = other.describe_topics(TopicCollection(["groups.a"]), include_authorized_operations=True)["groups.a"].result(20)
    most, least = (number & (1 << 64) - 1 for number in
                   (described.topic_id.get_most_significant_bits(), described.topic_id.get_least_significant_bits()))
    topic_id = uuid.UUID(int=most << 64 | least)
    assert python.delete_topics([topic_id])["topics"][0]["name"] == "groups.a"
    refused(kafka_errors.UnknownTopicIdError, python.delete_topics, [topic_id])


def members(address, data):
    """Members of groups as tools see them, while they read and after they left."""
    make(address, "members.a", 1)
    python, other = clients(address)
    first = Consumer({"bootstrap.servers": address, "group.id": "of confluent", "auto.offset.reset": "earliest"})
    first.subscribe(["members.a"])
    got = [first.poll(20) for _ in range(3)]
    assert all(each and not each.error() for each in got), got
    first.commit(asynchronous=False)
    second = KafkaConsumer("members.a", bootstrap_servers=address, group_id="of python", auto_offset_reset="earliest",
                           consumer_timeout_ms=20_000)
    assert [next(second).offset for _ in range(3)] == [0, 1, 2]
    second.commit()
    names = ["of confluent", "of python"]
    described = python.describe_groups(names)
    assert all(described[name]["group_state"] == "Stable" and len(described[name]["members"]) == 1 for name in names), described
    nobody = python.describe_groups(["of nobody"])["of nobody"]
    assert nobody["group_state"] == "Dead" and "there is no group 'of nobody'" in nobody["error"], nobody
    again = other.describe_consumer_groups(names)
    assert all(again[name].result(20).members[0].assignment.topic_partitions for name in names)
    first.close()
    second.close()
    offsets = python.list_group_offsets(names)
    assert [offsets[name][TopicPartition("members.a", 0)].offset for name in names] == [3, 3], offsets
    assert [each.result(20) for each in other.delete_consumer_groups(names).values()] == [None, None]


def access(address, data):
    """Access control, of which there is none; users and quotas, which come and go."""
    python, other = clients(address)
    pattern = kafka_python.ResourcePattern(kafka_python.ResourceType.TOPIC, "pins")
    acl = kafka_python.ACL("User:alice", "*", kafka_python.ACLOperation.READ, kafka_python.ACLPermissionType.ALLOW, pattern)
    some = kafka_python.ACLFilter("User:alice", "*", kafka_python.ACLOperation.ANY, kafka_python.ACLPermissionType.ANY, pattern)
    refused(kafka_errors.SecurityDisabledError, python.describe_acls, some)
    assert python.create_acls([acl])["failed"] == [kafka_errors.SecurityDisabledError]
    binding = confluent.AclBinding(confluent.ResourceType.TOPIC, "pins", confluent.ResourcePatternType.LITERAL,
                                   "User:alice", "*", confluent.AclOperation.READ, confluent.AclPermissionType.ALLOW)
    error = refused(confluent_kafka.KafkaException, other.create_acls([binding])[binding].result, 20)
    assert error.args[0].code() == confluent_kafka.KafkaError.SECURITY_DISABLED
    assert error.args[0].str() == "No Authorizer is configured."

    assert python.describe_user_scram_credentials() == {}
    assert python.describe_user_scram_credentials(["alice"])["alice"]["error"].endswith("does not exist: alice")
    assert other.describe_user_scram_credentials().result(20) == {}
    info = confluent.ScramCredentialInfo(confluent.ScramMechanism.SCRAM_SHA_256, 4096)
    upsertion = confluent.UserScramCredentialUpsertion("alice", info, b"secret", b"salt")
    other.alter_user_scram_credentials([upsertion])["alice"].result(20)
    kept = other.describe_user_scram_credentials(["alice"])["alice"].result(20).scram_credential_infos
    assert [(each.mechanism, each.iterations) for each in kept] == [(confluent.ScramMechanism.SCRAM_SHA_256, 4096)], kept
    deletion = confluent.UserScramCredentialDeletion("alice", confluent.ScramMechanism.SCRAM_SHA_256)
    other.alter_user_scram_credentials([deletion])["alice"].result(20)
    assert other.describe_user_scram_credentials().result(20) == {}
    quotas(address)


def quotas(address):
    """No client of these has them: asked with messages of an independent codec."""
    from kio.schema.alter_client_quotas.v1 import request as alter
    from kio.schema.alter_client_quotas.v1.response import AlterClientQuotasResponse
    from kio.schema.describe_client_quotas.v1.request import ComponentData, DescribeClientQuotasRequest
    from kio.schema.describe_client_quotas.v1.response import DescribeClientQuotasResponse
    from kio.schema.errors import ErrorCode
    from kio.static.primitive import f64, i8
    everybody = ComponentData(entity_type="user", match_type=i8(2), match=None)
    for remove, kept in ((False, [("producer_byte_rate", 1024.0)]), (True, [])):
        entry = alter.EntryData(entity=(alter.EntityData(entity_type="user", entity_name="alice"),),
                                ops=(alter.OpData(key="producer_byte_rate", value=f64(1024.0), remove=remove),))
        request = alter.AlterClientQuotasRequest(entries=(entry,), validate_only=False)
        answer = ask(address, request, AlterClientQuotasResponse)
        assert answer.entries[0].error_code == ErrorCode.none, answer
        assert answer.entries[0].entity[0].entity_name == "alice", answer
        described = DescribeClientQuotasRequest(components=(everybody,), strict=False)
        answer = ask(address, described, DescribeClientQuotasResponse)
        assert [(value.key, value.value) for entry in answer.entries for value in entry.values] == kept, answer


def ask(address, request, response):
    import io

    from kio.serial import entity_reader, entity_writer
    body = io.BytesIO()
    entity_writer(type(request))(body, request)
    frame = struct.pack(">hhih", request.__api_key__, request.__version__, 7, -1) + b"\0" + body.getvalue()
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        stream = connection.makefile("rwb")
        stream.write(struct.pack(">i", len(frame)) + frame)
        stream.flush()
        size = struct.unpack(">i", stream.read(4))[0]
        answer = stream.read(size)
    assert answer[:5] == struct.pack(">ib", 7, 0)
    return entity_reader(response)(answer[5:], 0)[0]


if __name__ == "__main__":
    actions = {"cluster": cluster, "transactions": transactions, "groups": groups, "members": members, "access": access}
    actions[sys.argv[2]](sys.argv[1], sys.argv[3])
