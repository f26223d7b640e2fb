// Tags: put on, taken off, listed; of a stream by its name, or of a stream or a consumer by its ARN.
#include "kinesis/tags.h"

#include <algorithm>
#include <ranges>

#include "kinesis/actions.h"
#include "kinesis/consumers.h"

namespace pinflow::kinesis {
namespace {

constexpr int64_t default_tag_limit = 50;

// Letters of any language, digits, white space, and _ . / = + - @ : and, to be refused by a text of its own, %
bool may_be_in_tag(char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
    return letter || std::string_view(" \t_./=+-%@:").contains(c);
}

// `what` could not be done with it: "add tags to stream s".
ActionResult<void> check_tag(std::string_view text, std::string_view what, std::string_view account) {
    const auto refuse = [](std::string message) {
        return std::unexpected(ActionError{"InvalidArgumentException", std::move(message)});
    };
    if (!std::ranges::all_of(text, may_be_in_tag))
        return refuse(
            "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, "
            "_ . / = + - % @ :.");
    if (!text.contains('%')) return {};
    return refuse(
        fmt::format("Failed to {} under account {} because some tags contained illegal characters. The allowed "
                    "characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@',':'.",
                    what, account));
}

// A stream, or a consumer of one.
struct Tagged {
    broker::TopicPtr topic;
    std::string front;  // of the labels that hold its tags
    std::string whose;
    std::optional<Consumer> consumer = {};
};

// Key and value, in the order of their keys.
std::vector<std::pair<std::string_view, std::string_view>> tags_of(const Tagged& tagged) {
    std::vector<std::pair<std::string_view, std::string_view>> tags;
    for (const auto& [name, value] : tagged.topic->labels)
        if (name.starts_with(tagged.front))
            tags.emplace_back(std::string_view(name).substr(tagged.front.size()), value);
    return tags;
}

Tagged tagged_stream(broker::TopicPtr topic) {
    std::string whose = fmt::format("stream {}", topic->name);
    return {std::move(topic), std::string(tag_front), std::move(whose)};
}

ActionResult<Tagged> resource_of(const Kinesis& kinesis, const Request& request) {
    const std::string_view arn = *request.text("ResourceARN");
    if (const auto consumer = ConsumerArn::parse(arn)) {
        PINFLOW_ASSIGN(FoundConsumer found, find_consumer(kinesis, *consumer));
        const std::string name = found.consumer.name;
        return Tagged{std::move(found.topic), consumer_tag_front(name), fmt::format("consumer {}", name),
                      std::move(found.consumer)};
    }
    PINFLOW_ASSIGN(broker::TopicPtr topic, kinesis.stream(stream_name_of_arn(arn)));
    return tagged_stream(std::move(topic));
}

// Whichever of its two ways a request has to name the stream.
ActionResult<Tagged> tagged_of(const Kinesis& kinesis, const Request& request) {
    if (request.item("ResourceARN")) return resource_of(kinesis, request);
    PINFLOW_ASSIGN(broker::TopicPtr topic, kinesis.stream_of(request));
    return tagged_stream(std::move(topic));
}

ActionResult<void> edit(Kinesis& kinesis, const Tagged& tagged,
                        const std::function<ActionResult<void>(Labels&)>& change) {
    return kinesis.edit_labels(*tagged.topic, [&](Labels& labels) -> ActionResult<void> {
        if (tagged.consumer && find_consumer(labels, tagged.consumer->name) != tagged.consumer)
            return std::unexpected(consumer_not_found(kinesis, tagged.topic->name, tagged.consumer->name));
        return change(labels);
    });
}

ActionResult<void> add(Kinesis& kinesis, const Request& request, Answer& /*answer*/) {
    PINFLOW_ASSIGN(const Tagged tagged, tagged_of(kinesis, request));
    return edit(kinesis, tagged, [&](Labels& labels) {
        return add_tags(labels, tagged.front, *request.item("Tags"), tagged.whose, kinesis.options().account);
    });
}

ActionResult<void> remove(Kinesis& kinesis, const Request& request, Answer& /*answer*/) {
    PINFLOW_ASSIGN(const Tagged tagged, tagged_of(kinesis, request));
    const Item keys = *request.item("TagKeys");
    const std::string what = fmt::format("remove tags from {}", tagged.whose);
    for (auto key = keys.first(); key; key = key->next_before(keys))
        PINFLOW_TRY(check_tag(key->text(), what, kinesis.options().account));
    return edit(kinesis, tagged, [&](Labels& labels) -> ActionResult<void> {
        for (auto key = keys.first(); key; key = key->next_before(keys))
            labels.erase(fmt::format("{}{}", tagged.front, key->text()));
        return {};
    });
}

void write(Answer& answer, std::span<const std::pair<std::string_view, std::string_view>> tags) {
    answer.key("Tags").begin_list();
    for (const auto& [key, value] : tags)
        answer.begin_object().key("Key").text(key).key("Value").text(value).end_object();
    answer.end_list();
}

ActionResult<void> list(Kinesis& kinesis, const Request& request, Answer& answer) {
    PINFLOW_ASSIGN(broker::TopicPtr topic, kinesis.stream_of(request));
    const Tagged tagged = tagged_stream(std::move(topic));
    auto tags = tags_of(tagged);
    if (const auto after = request.text("ExclusiveStartTagKey"))
        std::erase_if(tags, [&](const auto& tag) { return tag.first <= *after; });
    const auto limit = static_cast<size_t>(request.integer("Limit").value_or(default_tag_limit));
    const bool more = tags.size() > limit;
    answer.begin_object().key("HasMoreTags").boolean(more);
    write(answer, std::span(tags).first(std::min(limit, tags.size())));
    answer.end_object();
    return {};
}

ActionResult<void> list_of_resource(Kinesis& kinesis, const Request& request, Answer& answer) {
    PINFLOW_ASSIGN(const Tagged tagged, resource_of(kinesis, request));
    answer.begin_object();
    write(answer, tags_of(tagged));
    answer.end_object();
    return {};
}

constexpr Field value[] = {{.least = 0, .most = 256}};
constexpr Field key[] = {{.least = 1, .most = 128}};
constexpr Field tag_map{.name = "Tags", .type = Type::map, .required = true, .least = 1, .most = 200, .members = value};
constexpr Field tag_keys{
    .name = "TagKeys", .type = Type::list, .required = true, .least = 1, .most = 50, .members = key};
constexpr Field resource{
    .name = "ResourceARN", .required = true, .pattern = Pattern::resource_arn, .least = 1, .most = 2048};

constexpr Field adding[] = {tag_map, stream_name_field, stream_arn_field};
constexpr Field removing[] = {tag_keys, stream_name_field, stream_arn_field};
constexpr Field tags_listing[] = {{.name = "Limit", .type = Type::integer, .least = 1, .most = 50},
                                  {.name = "ExclusiveStartTagKey", .least = 1, .most = 128},
                                  stream_name_field,
                                  stream_arn_field};
constexpr Field adding_to_resource[] = {tag_map, resource};
constexpr Field removing_from_resource[] = {tag_keys, resource};
constexpr Field naming_resource[] = {resource};

constexpr Action tags_table[] = {
    {"AddTagsToStream", adding, at_once<add>, always, per_account(5)},
    {"RemoveTagsFromStream", removing, at_once<remove>, always, per_stream(5)},
    {"ListTagsForStream", tags_listing, at_once<list>, nullptr, per_stream(5)},
    {"TagResource", adding_to_resource, at_once<add>, always},
    {"UntagResource", removing_from_resource, at_once<remove>, always},
    {"ListTagsForResource", naming_resource, at_once<list_of_resource>},
};

}  // namespace

ActionResult<void> add_tags(Labels& labels, std::string_view front, const Item& tags, std::string_view whose,
                            std::string_view account) {
    const std::string what = fmt::format("add tags to {}", whose);
    for (auto tag = tags.first(); tag; tag = tag->next_before(tags)) {
        if (tag->name().empty() || characters(tag->name()) > 128)
            return std::unexpected(validation_error(
                fmt::format("Value at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member "
                            "must have length less than or equal to 128, Member must have length greater than or equal "
                            "to 1]"),
                1));
        PINFLOW_TRY(check_tag(tag->name(), what, account));
        PINFLOW_TRY(check_tag(tag->text(), what, account));
        labels[fmt::format("{}{}", front, tag->name())] = tag->text();
    }
    const auto count = std::ranges::count_if(labels, [&](const auto& each) { return each.first.starts_with(front); });
    if (static_cast<size_t>(count) <= max_tags) return {};
    const std::string_view kind = whose.substr(0, whose.find(' '));
    return std::unexpected(ActionError{
        "InvalidArgumentException",
        fmt::format("Failed to add tags to {} under account {} because a given {} cannot have more than {} tags "
                    "associated with it.",
                    whose, account, kind, max_tags)});
}

std::span<const Action> tag_actions() {
    return tags_table;
}

}  // namespace pinflow::kinesis
