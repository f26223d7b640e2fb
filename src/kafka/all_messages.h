// Every pair of messages, for what must know them all. A handler includes the one family it needs instead.
#pragma once
#include <tuple>

#include "kafka/api.h"
#include "kafka/messages_acl.h"
#include "kafka/messages_commit.h"
#include "kafka/messages_config.h"
#include "kafka/messages_consumer_group.h"
#include "kafka/messages_data.h"
#include "kafka/messages_group.h"
#include "kafka/messages_group_admin.h"
#include "kafka/messages_log.h"
#include "kafka/messages_meta.h"
#include "kafka/messages_replica.h"
#include "kafka/messages_sasl.h"
#include "kafka/messages_topic.h"
#include "kafka/messages_transaction.h"

namespace pinflow::kafka {

template <class Q, class A>
struct Pair {
    using Request = Q;
    using Response = A;
    static_assert(&Q::api == &A::api);
};

// In the order of `apis`.
using AllPairs = std::tuple<
    Pair<ProduceRequest, ProduceResponse>, Pair<FetchRequest, FetchResponse>,
    Pair<ListOffsetsRequest, ListOffsetsResponse>, Pair<MetadataRequest, MetadataResponse>,
    Pair<OffsetCommitRequest, OffsetCommitResponse>, Pair<OffsetFetchRequest, OffsetFetchResponse>,
    Pair<FindCoordinatorRequest, FindCoordinatorResponse>, Pair<JoinGroupRequest, JoinGroupResponse>,
    Pair<HeartbeatRequest, HeartbeatResponse>, Pair<LeaveGroupRequest, LeaveGroupResponse>,
    Pair<SyncGroupRequest, SyncGroupResponse>, Pair<DescribeGroupsRequest, DescribeGroupsResponse>,
    Pair<ListGroupsRequest, ListGroupsResponse>, Pair<SaslHandshakeRequest, SaslHandshakeResponse>,
    Pair<ApiVersionsRequest, ApiVersionsResponse>, Pair<CreateTopicsRequest, CreateTopicsResponse>,
    Pair<DeleteTopicsRequest, DeleteTopicsResponse>, Pair<DeleteRecordsRequest, DeleteRecordsResponse>,
    Pair<InitProducerIdRequest, InitProducerIdResponse>,
    Pair<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>,
    Pair<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>, Pair<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>,
    Pair<EndTxnRequest, EndTxnResponse>, Pair<TxnOffsetCommitRequest, TxnOffsetCommitResponse>,
    Pair<DescribeAclsRequest, DescribeAclsResponse>, Pair<CreateAclsRequest, CreateAclsResponse>,
    Pair<DeleteAclsRequest, DeleteAclsResponse>, Pair<DescribeConfigsRequest, DescribeConfigsResponse>,
    Pair<AlterConfigsRequest, AlterConfigsResponse>, Pair<DescribeLogDirsRequest, DescribeLogDirsResponse>,
    Pair<SaslAuthenticateRequest, SaslAuthenticateResponse>, Pair<CreatePartitionsRequest, CreatePartitionsResponse>,
    Pair<DeleteGroupsRequest, DeleteGroupsResponse>, Pair<ElectLeadersRequest, ElectLeadersResponse>,
    Pair<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>,
    Pair<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>,
    Pair<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>,
    Pair<OffsetDeleteRequest, OffsetDeleteResponse>, Pair<DescribeClientQuotasRequest, DescribeClientQuotasResponse>,
    Pair<AlterClientQuotasRequest, AlterClientQuotasResponse>,
    Pair<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>,
    Pair<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse>,
    Pair<DescribeClusterRequest, DescribeClusterResponse>, Pair<DescribeProducersRequest, DescribeProducersResponse>,
    Pair<DescribeTransactionsRequest, DescribeTransactionsResponse>,
    Pair<ListTransactionsRequest, ListTransactionsResponse>,
    Pair<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>,
    Pair<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>,
    Pair<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>>;

namespace detail {
template <size_t... I>
constexpr bool pairs_match_apis(std::index_sequence<I...>) {
    return sizeof...(I) == apis.size() && ((std::tuple_element_t<I, AllPairs>::Request::api.key == apis[I].key) && ...);
}
}  // namespace detail
static_assert(detail::pairs_match_apis(std::make_index_sequence<std::tuple_size_v<AllPairs>>()));

// visit(Pair<…>()) for the pair of that key; false if there is none.
template <class Visit>
bool visit_pair(int16_t key, Visit&& visit) {
    const auto try_one = [&]<class P>(std::type_identity<P>) {
        if (P::Request::api.key != key) return false;
        visit(P());
        return true;
    };
    return [&]<class... P>(std::type_identity<std::tuple<P...>>) {
        return (try_one(std::type_identity<P>()) || ...);
    }(std::type_identity<AllPairs>());
}

}  // namespace pinflow::kafka
