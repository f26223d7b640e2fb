// For tests: a stream s whose shards split and merge.
#pragma once
#include <string>

#include "kinesis/kinesis_world.h"

namespace pinflow::kinesis {

inline constexpr std::string_view middle = "170141183460469231731687303715884105728";  // 2^127

class ReshardTest : public KinesisTest {
  protected:
    std::string split(std::string_view shard, std::string_view key = middle, std::string_view stream = "s") {
        return refusal(
            "SplitShard",
            fmt::format(R"({{"StreamName":"{}","ShardToSplit":"{}","NewStartingHashKey":"{}"}})", stream, shard, key));
    }
    std::string merge(std::string_view shard, std::string_view other) {
        return refusal(
            "MergeShards",
            fmt::format(R"({{"StreamName":"s","ShardToMerge":"{}","AdjacentShardToMerge":"{}"}})", shard, other));
    }
    std::string update(int count) {
        return refusal(
            "UpdateShardCount",
            fmt::format(R"({{"StreamName":"s","TargetShardCount":{},"ScalingType":"UNIFORM_SCALING"}})", count));
    }
    // The last digits of the shards' ids.
    std::string listed(std::string_view filter = "") {
        const std::string more = filter.empty() ? "" : fmt::format(R"(,"ShardFilter":{{{}}})", filter);
        return ids(act("ListShards", fmt::format(R"({{"StreamName":"s"{}}})", more)).value());
    }
    static std::string ids(const std::string& answer) {
        std::string found;
        for (const std::string& id : texts_of(answer, "ShardId")) found += id.back();
        return found;
    }
    // Which shard took it.
    char put_at(std::string_view hash_key, std::string_view data = "x") {
        const auto answer = put("s", {data, "key", hash_key});
        EXPECT_TRUE(answer) << answer.error().message;
        return answer ? member(*answer, "ShardId").back() : '?';
    }
    std::string read(std::string_view shard, std::string_view type = "TRIM_HORIZON") {
        return records(iterator("s", type, "", shard));
    }
    log::Partition& partition(size_t shard) { return *topics_->find("s")->partitions[shard]; }
};

}  // namespace pinflow::kinesis
