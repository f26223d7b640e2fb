// Every handler (one .cpp a family, handlers_*.cpp) and the list of what is served. ApiVersions offers what is in the
// list and nothing else; a request for anything else ends its connection.
#pragma once
#include <tuple>

#include "kafka/all_messages.h"
#include "kafka/handler.h"

namespace pinflow::kafka {

// handlers_meta.cpp
void handle(Door& door, ApiVersionsRequest request, const Call& call, Reply<ApiVersionsResponse> reply);
void handle(Door& door, MetadataRequest request, const Call& call, Reply<MetadataResponse> reply);
// handlers_produce.cpp
void handle(Door& door, ProduceRequest request, const Call& call, Reply<ProduceResponse> reply);
// handlers_fetch.cpp
void handle(Door& door, FetchRequest request, const Call& call, Reply<FetchResponse> reply);
// handlers_log.cpp
void handle(Door& door, ListOffsetsRequest request, const Call& call, Reply<ListOffsetsResponse> reply);
void handle(Door& door, OffsetForLeaderEpochRequest request, const Call& call,
            Reply<OffsetForLeaderEpochResponse> reply);
void handle(Door& door, DeleteRecordsRequest request, const Call& call, Reply<DeleteRecordsResponse> reply);
// handlers_group.cpp
void handle(Door& door, FindCoordinatorRequest request, const Call& call, Reply<FindCoordinatorResponse> reply);
void handle(Door& door, JoinGroupRequest request, const Call& call, Reply<JoinGroupResponse> reply);
void handle(Door& door, SyncGroupRequest request, const Call& call, Reply<SyncGroupResponse> reply);
void handle(Door& door, HeartbeatRequest request, const Call& call, Reply<HeartbeatResponse> reply);
void handle(Door& door, LeaveGroupRequest request, const Call& call, Reply<LeaveGroupResponse> reply);
// handlers_group_offsets.cpp
void handle(Door& door, OffsetCommitRequest request, const Call& call, Reply<OffsetCommitResponse> reply);
void handle(Door& door, OffsetFetchRequest request, const Call& call, Reply<OffsetFetchResponse> reply);
void handle(Door& door, OffsetDeleteRequest request, const Call& call, Reply<OffsetDeleteResponse> reply);
// handlers_group_admin.cpp
void handle(Door& door, DescribeGroupsRequest request, const Call& call, Reply<DescribeGroupsResponse> reply);
void handle(Door& door, ListGroupsRequest request, const Call& call, Reply<ListGroupsResponse> reply);
void handle(Door& door, DeleteGroupsRequest request, const Call& call, Reply<DeleteGroupsResponse> reply);
// handlers_consumer_group.cpp
void handle(Door& door, ConsumerGroupHeartbeatRequest request, const Call& call,
            Reply<ConsumerGroupHeartbeatResponse> reply);
void handle(Door& door, ConsumerGroupDescribeRequest request, const Call& call,
            Reply<ConsumerGroupDescribeResponse> reply);
// handlers_topic.cpp
void handle(Door& door, CreateTopicsRequest request, const Call& call, Reply<CreateTopicsResponse> reply);
void handle(Door& door, CreatePartitionsRequest request, const Call& call, Reply<CreatePartitionsResponse> reply);
// handlers_topic_delete.cpp
void handle(Door& door, DeleteTopicsRequest request, const Call& call, Reply<DeleteTopicsResponse> reply);
// handlers_config.cpp
void handle(Door& door, DescribeConfigsRequest request, const Call& call, Reply<DescribeConfigsResponse> reply);
void handle(Door& door, AlterConfigsRequest request, const Call& call, Reply<AlterConfigsResponse> reply);
void handle(Door& door, IncrementalAlterConfigsRequest request, const Call& call,
            Reply<IncrementalAlterConfigsResponse> reply);
// handlers_transaction.cpp
void handle(Door& door, InitProducerIdRequest request, const Call& call, Reply<InitProducerIdResponse> reply);
void handle(Door& door, AddPartitionsToTxnRequest request, const Call& call, Reply<AddPartitionsToTxnResponse> reply);
void handle(Door& door, AddOffsetsToTxnRequest request, const Call& call, Reply<AddOffsetsToTxnResponse> reply);
void handle(Door& door, EndTxnRequest request, const Call& call, Reply<EndTxnResponse> reply);
void handle(Door& door, TxnOffsetCommitRequest request, const Call& call, Reply<TxnOffsetCommitResponse> reply);
// handlers_transaction_admin.cpp
void handle(Door& door, DescribeProducersRequest request, const Call& call, Reply<DescribeProducersResponse> reply);
void handle(Door& door, ListTransactionsRequest request, const Call& call, Reply<ListTransactionsResponse> reply);
void handle(Door& door, DescribeTransactionsRequest request, const Call& call,
            Reply<DescribeTransactionsResponse> reply);
// handlers_cluster.cpp
void handle(Door& door, DescribeClusterRequest request, const Call& call, Reply<DescribeClusterResponse> reply);
void handle(Door& door, DescribeTopicPartitionsRequest request, const Call& call,
            Reply<DescribeTopicPartitionsResponse> reply);
// handlers_replica.cpp
void handle(Door& door, DescribeLogDirsRequest request, const Call& call, Reply<DescribeLogDirsResponse> reply);
void handle(Door& door, ElectLeadersRequest request, const Call& call, Reply<ElectLeadersResponse> reply);
void handle(Door& door, AlterPartitionReassignmentsRequest request, const Call& call,
            Reply<AlterPartitionReassignmentsResponse> reply);
void handle(Door& door, ListPartitionReassignmentsRequest request, const Call& call,
            Reply<ListPartitionReassignmentsResponse> reply);
// handlers_acl.cpp
void handle(Door& door, DescribeAclsRequest request, const Call& call, Reply<DescribeAclsResponse> reply);
void handle(Door& door, CreateAclsRequest request, const Call& call, Reply<CreateAclsResponse> reply);
void handle(Door& door, DeleteAclsRequest request, const Call& call, Reply<DeleteAclsResponse> reply);
// handlers_quota.cpp
void handle(Door& door, DescribeClientQuotasRequest request, const Call& call,
            Reply<DescribeClientQuotasResponse> reply);
void handle(Door& door, AlterClientQuotasRequest request, const Call& call, Reply<AlterClientQuotasResponse> reply);
// handlers_sasl.cpp
void handle(Door& door, SaslHandshakeRequest request, const Call& call, Reply<SaslHandshakeResponse> reply);
void handle(Door& door, SaslAuthenticateRequest request, const Call& call, Reply<SaslAuthenticateResponse> reply);
// handlers_scram.cpp
void handle(Door& door, DescribeUserScramCredentialsRequest request, const Call& call,
            Reply<DescribeUserScramCredentialsResponse> reply);
void handle(Door& door, AlterUserScramCredentialsRequest request, const Call& call,
            Reply<AlterUserScramCredentialsResponse> reply);

// In any order: add a pair when its handler exists.
using Served = std::tuple<
    Pair<ProduceRequest, ProduceResponse>, Pair<FetchRequest, FetchResponse>,
    Pair<ListOffsetsRequest, ListOffsetsResponse>, Pair<MetadataRequest, MetadataResponse>,
    Pair<ApiVersionsRequest, ApiVersionsResponse>, Pair<DeleteRecordsRequest, DeleteRecordsResponse>,
    Pair<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>,
    Pair<FindCoordinatorRequest, FindCoordinatorResponse>, Pair<JoinGroupRequest, JoinGroupResponse>,
    Pair<SyncGroupRequest, SyncGroupResponse>, Pair<HeartbeatRequest, HeartbeatResponse>,
    Pair<LeaveGroupRequest, LeaveGroupResponse>, Pair<OffsetCommitRequest, OffsetCommitResponse>,
    Pair<OffsetFetchRequest, OffsetFetchResponse>, Pair<OffsetDeleteRequest, OffsetDeleteResponse>,
    Pair<DescribeGroupsRequest, DescribeGroupsResponse>, Pair<ListGroupsRequest, ListGroupsResponse>,
    Pair<DeleteGroupsRequest, DeleteGroupsResponse>,
    Pair<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>,
    Pair<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>, Pair<CreateTopicsRequest, CreateTopicsResponse>,
    Pair<DeleteTopicsRequest, DeleteTopicsResponse>, Pair<CreatePartitionsRequest, CreatePartitionsResponse>,
    Pair<DescribeConfigsRequest, DescribeConfigsResponse>, Pair<AlterConfigsRequest, AlterConfigsResponse>,
    Pair<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>,
    Pair<InitProducerIdRequest, InitProducerIdResponse>, Pair<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>,
    Pair<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>, Pair<EndTxnRequest, EndTxnResponse>,
    Pair<TxnOffsetCommitRequest, TxnOffsetCommitResponse>, Pair<DescribeProducersRequest, DescribeProducersResponse>,
    Pair<ListTransactionsRequest, ListTransactionsResponse>,
    Pair<DescribeTransactionsRequest, DescribeTransactionsResponse>,
    Pair<DescribeClusterRequest, DescribeClusterResponse>,
    Pair<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>,
    Pair<DescribeLogDirsRequest, DescribeLogDirsResponse>, Pair<ElectLeadersRequest, ElectLeadersResponse>,
    Pair<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>,
    Pair<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>,
    Pair<DescribeAclsRequest, DescribeAclsResponse>, Pair<CreateAclsRequest, CreateAclsResponse>,
    Pair<DeleteAclsRequest, DeleteAclsResponse>, Pair<DescribeClientQuotasRequest, DescribeClientQuotasResponse>,
    Pair<AlterClientQuotasRequest, AlterClientQuotasResponse>, Pair<SaslHandshakeRequest, SaslHandshakeResponse>,
    Pair<SaslAuthenticateRequest, SaslAuthenticateResponse>,
    Pair<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>,
    Pair<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse>>;

bool is_served(int16_t api_key);  // dispatch.cpp

}  // namespace pinflow::kafka
