#include "rest/consumer_bodies.h"

#include "base/text.h"
#include "broker/topics.h"
#include "rest/json_fields.h"

namespace pinflow::rest {
namespace {

constexpr size_t most_topics = 1'000;      // of a subscription
constexpr size_t most_partitions = 1'000;  // of any list of them
constexpr size_t most_name_bytes = 255;
constexpr size_t most_pattern_bytes = 4'096;
constexpr int64_t most_min_bytes = 10'000'000;  // the REST Proxy's own bounds

std::unexpected<Refusal> refuse(int status, int code, std::string message) {
    return std::unexpected(Refusal{status, code, std::move(message)});
}
std::unexpected<Refusal> bad_setting(std::string_view value, std::string_view setting, std::string_view rule) {
    return refuse(422, 42204,
                  fmt::format("Invalid consumer configuration: Invalid value {} for configuration {}: {}", shown(value),
                              setting, rule));
}

// As the text stands in the body.
struct Settings {
    std::optional<std::string> id, name, format, reset, auto_commit;
};

Parsed<Format> format_named(const std::optional<std::string>& name) {
    if (!name || equals_ignoring_case(*name, "binary")) return Format::binary;
    if (equals_ignoring_case(*name, "json")) return Format::json;
    for (const std::string_view other : {"avro", "jsonschema", "protobuf"})
        if (equals_ignoring_case(*name, other))
            return refuse(422, 42204,
                          fmt::format("Invalid consumer configuration: the format {} needs a schema registry, and "
                                      "Pinflow has none. Use json or binary.",
                                      other));
    return refuse(422, 422, "Invalid format type.");
}

Parsed<OffsetReset> reset_named(const std::optional<std::string>& name) {
    if (!name || equals_ignoring_case(*name, "latest")) return OffsetReset::latest;
    if (equals_ignoring_case(*name, "earliest")) return OffsetReset::earliest;
    if (equals_ignoring_case(*name, "none")) return OffsetReset::none;
    return bad_setting(*name, "auto.offset.reset", "String must be one of: latest, earliest, none");
}

Parsed<bool> flag_named(const std::optional<std::string>& text) {
    if (!text || equals_ignoring_case(trim(*text), "true")) return true;
    if (equals_ignoring_case(trim(*text), "false")) return false;
    return bad_setting(*text, "enable.auto.commit", "Expected value to be either true or false");
}

Parsed<NewConsumer> checked(Settings settings, NewConsumer into) {
    into.name = settings.id ? std::move(settings.id) : std::move(settings.name);
    if (into.name && (into.name->empty() || into.name->size() > most_name_bytes))
        return refuse(422, 422, fmt::format("name must have 1 to {} bytes", most_name_bytes));
    PINFLOW_ASSIGN(into.format, format_named(settings.format));
    PINFLOW_ASSIGN(into.reset, reset_named(settings.reset));
    PINFLOW_ASSIGN(into.auto_commit, flag_named(settings.auto_commit));
    if (into.min_bytes && (*into.min_bytes < -1 || *into.min_bytes > most_min_bytes))
        return refuse(422, 40001,
                      fmt::format("Invalid consumer configuration. It does not abide by the constraints: Invalid value "
                                  "{} for configuration fetch.min.bytes: Value must be from -1 to {}",
                                  *into.min_bytes, most_min_bytes));
    return into;
}

std::unexpected<Refusal> no_body() {
    return refuse(422, 422, "Request body is empty. Data is required.");
}

// One element of a list: what of it is there, by its names.
struct Element {
    std::optional<std::string> topic, metadata, time;
    std::optional<int64_t> partition, offset;
};
struct Wanted {
    bool offset = false, time = false, metadata = false;
};

Checked read_element(JsonFields& in, const std::string& where, Wanted wanted, Element& into) {
    return in.object([&](const std::string& key) -> Checked {
        if (key == "topic") return in.text(where + ".topic", into.topic);
        if (key == "partition") return in.integer(where + ".partition", INT32_MIN, INT32_MAX, into.partition);
        if (key == "offset" && wanted.offset) return in.integer(where + ".offset", INT64_MIN, INT64_MAX, into.offset);
        if (key == "timestamp" && wanted.time) return in.text(where + ".timestamp", into.time);
        if (key == "metadata" && wanted.metadata) return in.text(where + ".metadata", into.metadata);
        return JsonFields::unknown(key);
    });
}

Parsed<broker::TopicPartition> partition_of(const std::string& where, Element& element) {
    if (!element.topic || element.topic->empty()) return refuse(422, 422, where + ".topic may not be empty");
    if (auto good = broker::check_topic_name(*element.topic); !good)
        return refuse(422, 422, fmt::format("{}.topic: {}", where, good.error().message));
    if (!element.partition) return refuse(422, 422, where + ".partition may not be null");
    if (*element.partition < 0) return refuse(422, 422, where + ".partition must be greater than or equal to 0");
    return broker::TopicPartition{std::move(*element.topic), static_cast<int32_t>(*element.partition)};
}

// `take(where, partition, element)` for each.
template <class Take>
Checked read_list(JsonFields& in, const std::string& name, Wanted wanted, Take take) {
    return in.list(name, most_partitions, [&](size_t i) -> Checked {
        const std::string where = fmt::format("{}[{}]", name, i);
        Element element;
        PINFLOW_TRY(read_element(in, where, wanted, element));
        PINFLOW_ASSIGN(auto partition, partition_of(where, element));
        return take(where, std::move(partition), element);
    });
}

Checked read_offsets(JsonFields& in, std::vector<OffsetPlace>& into) {
    return read_list(in, "offsets", {.offset = true, .metadata = true},
                     [&](const std::string& where, broker::TopicPartition partition, Element& element) -> Checked {
                         if (!element.offset) return refuse(422, 422, where + ".offset may not be null");
                         if (*element.offset < 0 || *element.offset == INT64_MAX)
                             return refuse(422, 422, where + ".offset must be greater than or equal to 0");
                         into.push_back({std::move(partition), *element.offset, element.metadata.value_or("")});
                         return {};
                     });
}

Checked read_times(JsonFields& in, std::vector<TimePlace>& into) {
    return read_list(in, "timestamps", {.time = true, .metadata = true},
                     [&](const std::string& where, broker::TopicPartition partition, Element& element) -> Checked {
                         const auto time = element.time ? parse_instant(*element.time) : std::nullopt;
                         if (!time)
                             return refuse(400, 400,
                                           where +
                                               ".timestamp must be a time as in 2020-08-28T03:52:47Z, or seconds "
                                               "since 1970");
                         into.push_back({std::move(partition), *time});
                         return {};
                     });
}

Checked read_topics(JsonFields& in, Subscription& into) {
    into.topics.clear();
    return in.list("topics", most_topics, [&](size_t) -> Checked {
        std::optional<std::string> name;
        PINFLOW_TRY(in.text("topics", name));
        if (!name || trim(*name).empty())
            return refuse(422, 422, "Topic collection to subscribe to cannot contain null or empty topic");
        if (auto good = broker::check_topic_name(*name); !good) return refuse(422, 422, good.error().message);
        into.topics.push_back(std::move(*name));
        return {};
    });
}

}  // namespace

bool is_empty(std::string_view body) {
    return trim(body).empty() || trim(body) == "null";
}

Parsed<NewConsumer> parse_new_consumer(std::string_view body) {
    NewConsumer consumer;
    Settings settings;
    if (is_empty(body)) return consumer;
    JsonFields in(body);
    PINFLOW_TRY(in.body([&](const std::string& key) -> Checked {
        if (key == "id") return in.text(key, settings.id);
        if (key == "name") return in.text(key, settings.name);
        if (key == "format") return in.text(key, settings.format);
        if (key == "auto.offset.reset") return in.text(key, settings.reset);
        if (key == "auto.commit.enable") return in.text(key, settings.auto_commit);
        if (key == "fetch.min.bytes" || key == "responseMinBytes")
            return in.integer(key, INT32_MIN, INT32_MAX, consumer.min_bytes);
        if (key == "consumer.request.timeout.ms" || key == "requestWaitMs")
            return in.integer(key, INT32_MIN, INT32_MAX, consumer.wait_ms);
        return JsonFields::unknown(key);
    }));
    return checked(std::move(settings), std::move(consumer));
}

Parsed<Subscription> parse_subscription(std::string_view body) {
    Subscription subscription;
    bool names_topics = false;
    if (is_empty(body)) return no_body();
    JsonFields in(body);
    PINFLOW_TRY(in.body([&](const std::string& key) -> Checked {
        names_topics |= key == "topics";
        if (key == "topics") return read_topics(in, subscription);
        if (key == "topic_pattern") return in.text(key, subscription.pattern);
        return JsonFields::unknown(key);
    }));
    if (!subscription.topics.empty()) subscription.pattern.reset();
    subscription.to_nothing = names_topics && subscription.topics.empty() && !subscription.pattern;
    if (subscription.pattern && subscription.pattern->size() > most_pattern_bytes)
        return refuse(422, 422, fmt::format("topic_pattern may have at most {} bytes", most_pattern_bytes));
    return subscription;
}

Parsed<std::vector<broker::TopicPartition>> parse_partitions(std::string_view body) {
    std::vector<broker::TopicPartition> partitions;
    if (is_empty(body)) return no_body();
    JsonFields in(body);
    PINFLOW_TRY(in.body([&](const std::string& key) -> Checked {
        if (key != "partitions") return JsonFields::unknown(key);
        return read_list(in, key, {}, [&](const std::string&, broker::TopicPartition partition, Element&) -> Checked {
            partitions.push_back(std::move(partition));
            return {};
        });
    }));
    return partitions;
}

Parsed<Places> parse_places(std::string_view body) {
    Places places;
    if (is_empty(body)) return no_body();
    JsonFields in(body);
    PINFLOW_TRY(in.body([&](const std::string& key) -> Checked {
        if (key == "offsets") return read_offsets(in, places.offsets);
        if (key == "timestamps") return read_times(in, places.times);
        return JsonFields::unknown(key);
    }));
    return places;
}

Parsed<std::optional<std::vector<OffsetPlace>>> parse_offsets(std::string_view body) {
    std::optional<std::vector<OffsetPlace>> offsets;
    if (is_empty(body)) return offsets;
    JsonFields in(body);
    PINFLOW_TRY(in.body([&](const std::string& key) -> Checked {
        return key == "offsets" ? read_offsets(in, offsets.emplace()) : JsonFields::unknown(key);
    }));
    return offsets;
}

}  // namespace pinflow::rest
