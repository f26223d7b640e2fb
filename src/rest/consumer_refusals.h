// What consumers are refused with, in the REST Proxy's words (its Errors.java) and those of the Java consumer behind
// it.
#pragma once
#include "broker/group_error.h"
#include "broker/offsets_records.h"
#include "rest/answers.h"

namespace pinflow::rest {

inline Refusal instance_not_found() {
    return {404, 40403, "Consumer instance not found."};
}
inline Refusal instance_exists() {
    return {409, 40902, "Consumer with specified consumer ID already exists in the specified consumer group."};
}
inline Refusal format_mismatch() {
    return {406, 40601,
            "The requested embedded data format does not match the deserializer for this consumer instance"};
}
inline Refusal mutually_exclusive() {
    return {409, 40903, "Illegal state: Subscription to topics, partitions and pattern are mutually exclusive"};
}
inline Refusal not_assigned(const broker::TopicPartition& partition) {
    return {
        409, 40903,
        fmt::format("Illegal state: No current assignment for partition {}-{}", partition.topic, partition.partition)};
}
inline Refusal not_subscribed() {
    return {409, 40903, "Illegal state: Consumer is not subscribed to any topics or assigned any partitions"};
}
inline Refusal too_many_names(size_t most) {
    return {503, 50301,
            fmt::format("All consumer instances together may hold {} names of topics and partitions: subscribe to "
                        "fewer, or delete instances that are not needed any more.",
                        most)};
}
inline Refusal too_many_groups(size_t most) {
    return {503, 50301,
            fmt::format("There are {} consumer groups already, too many to make another: use one of them, or delete "
                        "those that are not needed any more.",
                        most)};
}
inline Refusal kafka_error(std::string_view what) {
    return {500, 50002, fmt::format("Kafka error: {}", what)};
}

}  // namespace pinflow::rest
