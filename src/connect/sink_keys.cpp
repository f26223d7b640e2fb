#include "connect/sink_keys.h"

#include <fmt/ranges.h>

#include <set>

#include "base/text.h"
#include "broker/topic_pattern.h"
#include "connect/config_def.h"

namespace pinflow::connect {
namespace {

using Wrong = std::optional<std::string>;

Wrong check_name(std::string_view value) {
    if (value.empty()) return "String may not be empty";
    std::vector<int> control;
    for (const char c : value)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) control.push_back(c);
    if (control.empty()) return std::nullopt;
    return fmt::format("String may not contain control sequences but had the following ASCII chars: {}",
                       fmt::join(control, ", "));
}

Wrong check_tasks_max(std::string_view value) {
    const int64_t tasks = parse_int(value.starts_with('+') ? value.substr(1) : value).value_or(0);
    if (tasks < 1) return "Value must be at least 1";
    if (tasks > most_tasks) return fmt::format("Value must be no more than {}", most_tasks);
    return std::nullopt;
}

Wrong check_regex(std::string_view value) {
    const auto pattern = broker::TopicPattern::compile(std::string(value));
    return pattern ? std::nullopt : Wrong("Invalid regex: " + pattern.error().message);
}

Wrong check_aliases(std::string_view value) {
    const auto aliases = list_of(value);
    const std::set<std::string> unique(aliases.begin(), aliases.end());
    return unique.size() == aliases.size() ? std::nullopt : Wrong("Duplicate alias provided.");
}

auto one_of(std::vector<std::string> values) {
    return [values = std::move(values)](std::string_view value) -> Wrong {
        if (std::ranges::find(values, value) != values.end()) return std::nullopt;
        return fmt::format("String must be one of: {}", fmt::join(values, ", "));
    };
}

auto class_of(std::span<const std::string_view> classes) {
    return [classes](std::string_view value) -> Wrong {
        if (std::ranges::find(classes, value) != classes.end()) return std::nullopt;
        return fmt::format("Class {} could not be found. There are {}.", value, fmt::join(classes, ", "));
    };
}

void add_common(std::vector<Key>& keys, Key key) {
    key.group = "Common";
    keys.push_back(std::move(key));
}

void add_identity(std::vector<Key>& keys) {
    add_common(keys, {.name = "name",
                      .required = true,
                      .importance = Importance::high,
                      .documentation = "The connector's name; there is one connector of a name.",
                      .order = 1,
                      .width = Width::medium,
                      .display_name = "Connector name",
                      .check = check_name});
    add_common(keys, {.name = "connector.class",
                      .required = true,
                      .importance = Importance::high,
                      .documentation = "Its class: the whole name, or the last part with \"Connector\" or without.",
                      .order = 2,
                      .width = Width::long_,
                      .display_name = "Connector class"});
    add_common(keys, {.name = "tasks.max",
                      .type = ValueType::int_,
                      .default_value = "1",
                      .importance = Importance::high,
                      .documentation = "How many tasks share the partitions.",
                      .order = 3,
                      .width = Width::short_,
                      .display_name = "Tasks max",
                      .check = check_tasks_max});
    add_common(keys, {.name = "tasks.max.enforce",
                      .type = ValueType::boolean,
                      .default_value = "true",
                      .importance = Importance::low,
                      .documentation = "Without effect: there are never more tasks than tasks.max.",
                      .order = 4,
                      .width = Width::short_,
                      .display_name = "Enforce tasks max"});
}

void add_converters(std::vector<Key>& keys) {
    const auto add = [&](const char* name, int order, const char* what, const char* display, auto check) {
        add_common(keys, {.name = name,
                          .type = ValueType::class_,
                          .importance = Importance::low,
                          .documentation = fmt::format("The class that reads {} from what is stored in Kafka.", what),
                          .order = order,
                          .width = Width::short_,
                          .display_name = display,
                          .check = check});
    };
    add("key.converter", 5, "keys", "Key converter class", class_of(converter_classes));
    add("value.converter", 6, "values", "Value converter class", class_of(converter_classes));
    add("header.converter", 7, "headers", "Header converter class", class_of(header_converter_classes));
}

void add_topics(std::vector<Key>& keys) {
    add_common(keys, {.name = "config.action.reload",
                      .default_value = "restart",
                      .importance = Importance::low,
                      .documentation = "Without effect: no configuration provider could change a value.",
                      .order = 10,
                      .width = Width::medium,
                      .display_name = "Reload Action",
                      .check = one_of({"none", "restart"})});
    add_common(keys, {.name = "topics",
                      .type = ValueType::list,
                      .default_value = "",
                      .importance = Importance::high,
                      .documentation = "The topics to read, with commas between.",
                      .order = 4,
                      .width = Width::long_,
                      .display_name = "Topics"});
    add_common(keys, {.name = "topics.regex",
                      .default_value = "",
                      .importance = Importance::high,
                      .documentation = "Instead of topics: a regular expression that a topic's whole name matches.",
                      .order = 4,
                      .width = Width::long_,
                      .display_name = "Topics regex",
                      .check = check_regex});
}

void add_transforms(std::vector<Key>& keys) {
    keys.push_back({.name = "transforms",
                    .type = ValueType::list,
                    .default_value = "",
                    .importance = Importance::low,
                    .documentation = "Aliases of transformations. There are none here.",
                    .group = "Transforms",
                    .order = 8,
                    .width = Width::long_,
                    .display_name = "Transforms",
                    .check = check_aliases});
    keys.push_back({.name = "predicates",
                    .type = ValueType::list,
                    .default_value = "",
                    .importance = Importance::low,
                    .documentation = "Aliases of predicates. There are none here.",
                    .group = "Predicates",
                    .order = 9,
                    .width = Width::long_,
                    .display_name = "Predicates",
                    .check = check_aliases});
}

void add_error_key(std::vector<Key>& keys, int order, Width width, Key key) {
    key.group = "Error Handling";
    key.order = order;
    key.width = width;
    keys.push_back(std::move(key));
}

void add_tolerance(std::vector<Key>& keys) {
    add_error_key(keys, 1, Width::medium,
                  {.name = "errors.retry.timeout",
                   .type = ValueType::long_,
                   .default_value = "0",
                   .documentation = "Without effect: nothing that is done with a single record could be retried.",
                   .display_name = "Retry Timeout for Errors"});
    add_error_key(keys, 2, Width::medium,
                  {.name = "errors.retry.delay.max.ms",
                   .type = ValueType::long_,
                   .default_value = "60000",
                   .documentation = "Without effect, as errors.retry.timeout.",
                   .display_name = "Maximum Delay Between Retries for Errors"});
    add_error_key(keys, 3, Width::short_,
                  {.name = "errors.tolerance",
                   .default_value = "none",
                   .documentation = "none: a record that cannot be used fails its task; all: it is passed over.",
                   .display_name = "Error Tolerance",
                   .check = one_of({"none", "all"})});
    add_error_key(keys, 4, Width::short_,
                  {.name = "errors.log.enable",
                   .type = ValueType::boolean,
                   .default_value = "false",
                   .documentation = "Whether every record that cannot be used is told in the log.",
                   .display_name = "Log Errors"});
    add_error_key(keys, 5, Width::short_,
                  {.name = "errors.log.include.messages",
                   .type = ValueType::boolean,
                   .default_value = "false",
                   .documentation = "Whether the log tells its topic, partition, offset and timestamp.",
                   .display_name = "Log Error Details"});
}

void add_dead_letters(std::vector<Key>& keys) {
    add_error_key(keys, 6, Width::medium,
                  {.name = "errors.deadletterqueue.topic.name",
                   .default_value = "",
                   .documentation = "The topic to which records that cannot be used are copied; empty: none.",
                   .display_name = "Dead Letter Queue Topic Name"});
    add_error_key(keys, 7, Width::medium,
                  {.name = "errors.deadletterqueue.topic.replication.factor",
                   .type = ValueType::short_,
                   .default_value = "3",
                   .documentation = "Without effect: a topic has one replica here, so that the default works.",
                   .display_name = "Dead Letter Queue Topic Replication Factor"});
    add_error_key(
        keys, 8, Width::medium,
        {.name = "errors.deadletterqueue.context.headers.enable",
         .type = ValueType::boolean,
         .default_value = "false",
         .documentation = "Whether dead letters get headers, __connect.errors.*, that say where from and why.",
         .display_name = "Enable Error Context Headers"});
}

}  // namespace

std::span<const Key> sink_keys() {
    static const std::vector<Key> keys = [] {
        std::vector<Key> all;
        add_identity(all);
        add_converters(all);
        add_topics(all);
        add_transforms(all);
        add_tolerance(all);
        add_dead_letters(all);
        return all;
    }();
    return keys;
}

std::vector<Key> alias_keys(const Properties& config) {
    std::vector<Key> keys;
    const auto add = [&](const char* list, const char* group, const char* what) {
        const auto aliases = list_of(text_of(config, list));
        for (const std::string& alias : std::set<std::string>(aliases.begin(), aliases.end())) {
            const auto refuse = [what](std::string_view value) -> Wrong {
                return fmt::format(
                    "Class {} could not be found. There are no {} here: take them out of the "
                    "configuration",
                    value, what);
            };
            keys.push_back({.name = fmt::format("{}.{}.type", list, alias),
                            .type = ValueType::class_,
                            .required = true,
                            .importance = Importance::high,
                            .documentation = fmt::format("The class of '{}'.", alias),
                            .group = fmt::format("{}: {}", group, alias),
                            .width = Width::long_,
                            .display_name = fmt::format("Type of {}", alias),
                            .check = refuse});
        }
    };
    add("transforms", "Transforms", "transformations");
    add("predicates", "Predicates", "predicates");
    return keys;
}

KeyErrors check_topics(const Properties& config) {
    KeyErrors errors;
    const std::string list = text_of(config, "topics"), regex = text_of(config, "topics.regex");
    const auto both = [&](const std::string& message) {
        errors.emplace("topics", message);
        errors.emplace("topics.regex", message);
    };
    if (!list.empty() && !regex.empty())
        both("topics and topics.regex are mutually exclusive options, but both are set.");
    if (list.empty() && regex.empty()) both("Must configure one of topics or topics.regex");
    const std::string dead_letters = text_of(config, "errors.deadletterqueue.topic.name");
    if (dead_letters.empty()) return errors;
    const auto topics = list_of(list);
    if (std::ranges::find(topics, dead_letters) != topics.end())
        errors.emplace("topics", fmt::format("The DLQ topic '{}' may not be included in the list of topics "
                                             "('topics=[{}]') consumed by the connector",
                                             dead_letters, fmt::join(topics, ", ")));
    const auto pattern = broker::TopicPattern::compile(regex);
    if (!regex.empty() && pattern && pattern->matches(dead_letters))
        errors.emplace("topics.regex", fmt::format("The DLQ topic '{}' may not be matched by the regex for the topics "
                                                   "('topics.regex={}') consumed by the connector",
                                                   dead_letters, regex));
    return errors;
}

}  // namespace pinflow::connect
