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
// handlers_topic.cpp
void handle(Door& door, CreateTopicsRequest request, const Call& call, Reply<CreateTopicsResponse> reply);
void handle(Door& door, DeleteTopicsRequest request, const Call& call, Reply<DeleteTopicsResponse> reply);
void handle(Door& door, CreatePartitionsRequest request, const Call& call, Reply<CreatePartitionsResponse> reply);
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

// In any order: add a pair when its handler exists.
using Served =
    std::tuple<Pair<ProduceRequest, ProduceResponse>, Pair<FetchRequest, FetchResponse>,
               Pair<ListOffsetsRequest, ListOffsetsResponse>, Pair<MetadataRequest, MetadataResponse>,
               Pair<ApiVersionsRequest, ApiVersionsResponse>, Pair<DeleteRecordsRequest, DeleteRecordsResponse>,
               Pair<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>,
               Pair<FindCoordinatorRequest, FindCoordinatorResponse>, Pair<JoinGroupRequest, JoinGroupResponse>,
               Pair<SyncGroupRequest, SyncGroupResponse>, Pair<HeartbeatRequest, HeartbeatResponse>,
               Pair<LeaveGroupRequest, LeaveGroupResponse>, Pair<OffsetCommitRequest, OffsetCommitResponse>,
               Pair<OffsetFetchRequest, OffsetFetchResponse>, Pair<OffsetDeleteRequest, OffsetDeleteResponse>,
               Pair<DescribeGroupsRequest, DescribeGroupsResponse>, Pair<ListGroupsRequest, ListGroupsResponse>,
               Pair<DeleteGroupsRequest, DeleteGroupsResponse>, Pair<CreateTopicsRequest, CreateTopicsResponse>,
               Pair<DeleteTopicsRequest, DeleteTopicsResponse>, Pair<CreatePartitionsRequest, CreatePartitionsResponse>,
               Pair<DescribeConfigsRequest, DescribeConfigsResponse>, Pair<AlterConfigsRequest, AlterConfigsResponse>,
               Pair<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>,
               Pair<InitProducerIdRequest, InitProducerIdResponse>,
               Pair<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>,
               Pair<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>, Pair<EndTxnRequest, EndTxnResponse>,
               Pair<TxnOffsetCommitRequest, TxnOffsetCommitResponse>>;

bool is_served(int16_t api_key);  // dispatch.cpp

}  // namespace pinflow::kafka
