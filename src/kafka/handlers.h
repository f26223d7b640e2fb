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

// In any order: add a pair when its handler exists.
using Served =
    std::tuple<Pair<ProduceRequest, ProduceResponse>, Pair<FetchRequest, FetchResponse>,
               Pair<ListOffsetsRequest, ListOffsetsResponse>, Pair<MetadataRequest, MetadataResponse>,
               Pair<ApiVersionsRequest, ApiVersionsResponse>, Pair<DeleteRecordsRequest, DeleteRecordsResponse>,
               Pair<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>>;

bool is_served(int16_t api_key);  // dispatch.cpp

}  // namespace pinflow::kafka
