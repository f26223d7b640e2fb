// The APIs of the protocol. `apis` is the one list from which the version table, the answer to ApiVersions and the
// choice of header follow. The newest versions offered are those of Kafka 4.3 but for what needs transactions of its
// second protocol; the oldest are Kafka 4's, but for Produce: librdkafka before 2.11.1 does not compress if version 0
// is not offered.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace pinflow::kafka {

struct Api {
    static constexpr int16_t never = INT16_MAX;

    int16_t key;
    std::string_view name;
    int16_t min;  // oldest and newest version that is offered to clients
    int16_t max;
    int16_t flexible;  // first version with compact lengths and tagged fields
    int16_t known;     // newest version that the messages know, at least max

    constexpr bool offered() const { return max >= min; }
    constexpr bool offers(int16_t version) const { return version >= min && version <= max; }
    constexpr bool knows(int16_t version) const { return version >= min && version <= known; }
    constexpr bool is_flexible(int16_t version) const { return version >= flexible; }
};

namespace api {
//                                                                                  min max flexible known
inline constexpr Api produce{0, "Produce", 0, 13, 9, 13};
inline constexpr Api fetch{1, "Fetch", 4, 18, 12, 18};
inline constexpr Api list_offsets{2, "ListOffsets", 1, 11, 6, 11};
inline constexpr Api metadata{3, "Metadata", 0, 13, 9, 13};
inline constexpr Api offset_commit{8, "OffsetCommit", 2, 10, 8, 10};
inline constexpr Api offset_fetch{9, "OffsetFetch", 1, 10, 6, 10};
inline constexpr Api find_coordinator{10, "FindCoordinator", 0, 6, 3, 6};
inline constexpr Api join_group{11, "JoinGroup", 0, 9, 6, 9};
inline constexpr Api heartbeat{12, "Heartbeat", 0, 4, 4, 4};
inline constexpr Api leave_group{13, "LeaveGroup", 0, 5, 4, 5};
inline constexpr Api sync_group{14, "SyncGroup", 0, 5, 4, 5};
inline constexpr Api describe_groups{15, "DescribeGroups", 0, 6, 5, 6};
inline constexpr Api list_groups{16, "ListGroups", 0, 5, 3, 5};
inline constexpr Api sasl_handshake{17, "SaslHandshake", 0, 1, Api::never, 1};
inline constexpr Api api_versions{18, "ApiVersions", 0, 4, 3, 4};
inline constexpr Api create_topics{19, "CreateTopics", 2, 7, 5, 7};
inline constexpr Api delete_topics{20, "DeleteTopics", 1, 6, 4, 6};
inline constexpr Api delete_records{21, "DeleteRecords", 0, 2, 2, 2};
inline constexpr Api init_producer_id{22, "InitProducerId", 0, 5, 2, 5};
inline constexpr Api offset_for_leader_epoch{23, "OffsetForLeaderEpoch", 2, 4, 4, 4};
inline constexpr Api add_partitions_to_txn{24, "AddPartitionsToTxn", 0, 3, 3, 3};
inline constexpr Api add_offsets_to_txn{25, "AddOffsetsToTxn", 0, 4, 3, 4};
inline constexpr Api end_txn{26, "EndTxn", 0, 4, 3, 4};
inline constexpr Api txn_offset_commit{28, "TxnOffsetCommit", 0, 4, 3, 4};
inline constexpr Api describe_acls{29, "DescribeAcls", 1, 3, 2, 3};
inline constexpr Api create_acls{30, "CreateAcls", 1, 3, 2, 3};
inline constexpr Api delete_acls{31, "DeleteAcls", 1, 3, 2, 3};
inline constexpr Api describe_configs{32, "DescribeConfigs", 1, 4, 4, 4};
inline constexpr Api alter_configs{33, "AlterConfigs", 0, 2, 2, 2};
inline constexpr Api describe_log_dirs{35, "DescribeLogDirs", 1, 4, 2, 4};
inline constexpr Api sasl_authenticate{36, "SaslAuthenticate", 0, 2, 2, 2};
inline constexpr Api create_partitions{37, "CreatePartitions", 0, 3, 2, 3};
inline constexpr Api delete_groups{42, "DeleteGroups", 0, 2, 2, 2};
inline constexpr Api elect_leaders{43, "ElectLeaders", 0, 2, 2, 2};
inline constexpr Api incremental_alter_configs{44, "IncrementalAlterConfigs", 0, 1, 1, 1};
inline constexpr Api alter_partition_reassignments{45, "AlterPartitionReassignments", 0, 0, 0, 0};
inline constexpr Api list_partition_reassignments{46, "ListPartitionReassignments", 0, 0, 0, 0};
inline constexpr Api offset_delete{47, "OffsetDelete", 0, 0, Api::never, 0};
inline constexpr Api describe_client_quotas{48, "DescribeClientQuotas", 0, 1, 1, 1};
inline constexpr Api alter_client_quotas{49, "AlterClientQuotas", 0, 1, 1, 1};
inline constexpr Api describe_user_scram_credentials{50, "DescribeUserScramCredentials", 0, 0, 0, 0};
inline constexpr Api alter_user_scram_credentials{51, "AlterUserScramCredentials", 0, 0, 0, 0};
inline constexpr Api describe_cluster{60, "DescribeCluster", 0, 2, 0, 2};
inline constexpr Api describe_producers{61, "DescribeProducers", 0, 0, 0, 0};
inline constexpr Api describe_transactions{65, "DescribeTransactions", 0, 0, 0, 0};
inline constexpr Api list_transactions{66, "ListTransactions", 0, 1, 0, 1};
inline constexpr Api consumer_group_heartbeat{68, "ConsumerGroupHeartbeat", 0, 1, 0, 1};
inline constexpr Api consumer_group_describe{69, "ConsumerGroupDescribe", 0, 1, 0, 1};
inline constexpr Api describe_topic_partitions{75, "DescribeTopicPartitions", 0, 0, 0, 0};
}  // namespace api

// By key.
inline constexpr std::array apis = {
    api::produce,
    api::fetch,
    api::list_offsets,
    api::metadata,
    api::offset_commit,
    api::offset_fetch,
    api::find_coordinator,
    api::join_group,
    api::heartbeat,
    api::leave_group,
    api::sync_group,
    api::describe_groups,
    api::list_groups,
    api::sasl_handshake,
    api::api_versions,
    api::create_topics,
    api::delete_topics,
    api::delete_records,
    api::init_producer_id,
    api::offset_for_leader_epoch,
    api::add_partitions_to_txn,
    api::add_offsets_to_txn,
    api::end_txn,
    api::txn_offset_commit,
    api::describe_acls,
    api::create_acls,
    api::delete_acls,
    api::describe_configs,
    api::alter_configs,
    api::describe_log_dirs,
    api::sasl_authenticate,
    api::create_partitions,
    api::delete_groups,
    api::elect_leaders,
    api::incremental_alter_configs,
    api::alter_partition_reassignments,
    api::list_partition_reassignments,
    api::offset_delete,
    api::describe_client_quotas,
    api::alter_client_quotas,
    api::describe_user_scram_credentials,
    api::alter_user_scram_credentials,
    api::describe_cluster,
    api::describe_producers,
    api::describe_transactions,
    api::list_transactions,
    api::consumer_group_heartbeat,
    api::consumer_group_describe,
    api::describe_topic_partitions,
};
static_assert(std::ranges::is_sorted(apis, {}, &Api::key));

// Null if there is none.
constexpr const Api* find_api(int16_t key) {
    const auto found = std::ranges::lower_bound(apis, key, {}, &Api::key);
    return found != apis.end() && found->key == key ? &*found : nullptr;
}

}  // namespace pinflow::kafka
