// The actions of the service: one table, from a name to the fields of its request and to what carries it out.
#pragma once
#include <span>
#include <string_view>

#include "kinesis/answer.h"
#include "kinesis/fields.h"
#include "kinesis/kinesis.h"
#include "kinesis/limits.h"

namespace pinflow::kinesis {

struct Action {
    std::string_view name;
    std::span<const Field> fields;
    void (*run)(Kinesis& kinesis, const Request& request, Call call, Done done);
    bool (*blocks)(const Kinesis& kinesis, const Request& request) = nullptr;  // on the disk; null: never
    CallLimit limit = {};                                                      // where limits are emulated
};

const Action* find_action(std::string_view name);  // null: there is none
ActionError unknown_action(std::string_view name);
std::vector<std::string_view> names_of_actions();

// Families, each in a file of its own.
std::span<const Action> stream_actions();
std::span<const Action> shard_actions();
std::span<const Action> reshard_actions();
std::span<const Action> record_actions();
std::span<const Action> iterator_actions();
std::span<const Action> consumer_actions();
std::span<const Action> subscribe_actions();
std::span<const Action> tag_actions();
std::span<const Action> setting_actions();

// For their tables.
template <ActionResult<void> (*answer)(Kinesis&, const Request&, Answer&)>
void at_once(Kinesis& kinesis, const Request& request, Call call, Done done) {
    Answer written(call.format);
    if (auto result = answer(kinesis, request, written); !result)
        return done(std::unexpected(std::move(result).error()));
    done(std::move(written).take());
}
inline bool always(const Kinesis&, const Request&) {
    return true;
}
constexpr CallLimit per_account(int a_second) {
    return {.a_second = a_second};
}
constexpr CallLimit per_stream(int a_second) {
    return {.a_second = a_second, .each_stream = true};
}
inline constexpr Field stream_name_field{.name = "StreamName", .pattern = Pattern::name, .least = 1, .most = 128};
inline constexpr Field consumer_arn_field{
    .name = "ConsumerARN", .pattern = Pattern::consumer_arn, .least = 1, .most = 2048};
inline constexpr Field stream_arn_field{.name = "StreamARN", .pattern = Pattern::arn, .least = 1, .most = 2048};

}  // namespace pinflow::kinesis
