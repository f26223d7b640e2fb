// Tags: put on, taken off, listed; of a stream by its name, or of a resource by its ARN, which is always a stream's.
#include "kinesis/tags.h"

#include <algorithm>
#include <ranges>

#include "kinesis/actions.h"

namespace pinflow::kinesis {
namespace {

constexpr int64_t default_limit = 50;

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

// Key and value, in the order of their keys.
std::vector<std::pair<std::string_view, std::string_view>> tags_of(const broker::Topic& topic) {
    std::vector<std::pair<std::string_view, std::string_view>> tags;
    for (const auto& [name, value] : topic.labels)
        if (name.starts_with(tag_front)) tags.emplace_back(std::string_view(name).substr(tag_front.size()), value);
    return tags;
}

ActionResult<broker::TopicPtr> resource_of(const Kinesis& kinesis, const Request& request) {
    return kinesis.stream(stream_name_of_arn(*request.text("ResourceARN")));
}

// Whichever of its two ways a request has to name the stream.
ActionResult<broker::TopicPtr> tagged(const Kinesis& kinesis, const Request& request) {
    return request.item("ResourceARN") ? resource_of(kinesis, request) : kinesis.stream_of(request);
}

ActionResult<void> add(Kinesis& kinesis, const Request& request, Answer& /*answer*/) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, tagged(kinesis, request));
    return kinesis.edit_labels(*topic, [&](Labels& labels) {
        return add_tags(labels, *request.item("Tags"), topic->name, kinesis.options().account);
    });
}

ActionResult<void> remove(Kinesis& kinesis, const Request& request, Answer& /*answer*/) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, tagged(kinesis, request));
    const Item keys = *request.item("TagKeys");
    const std::string what = fmt::format("remove tags from stream {}", topic->name);
    for (auto key = keys.first(); key; key = key->next_before(keys))
        PINFLOW_TRY(check_tag(key->text(), what, kinesis.options().account));
    return kinesis.edit_labels(*topic, [&](Labels& labels) -> ActionResult<void> {
        for (auto key = keys.first(); key; key = key->next_before(keys))
            labels.erase(fmt::format("{}{}", tag_front, key->text()));
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
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    auto tags = tags_of(*topic);
    if (const auto after = request.text("ExclusiveStartTagKey"))
        std::erase_if(tags, [&](const auto& tag) { return tag.first <= *after; });
    const auto limit = static_cast<size_t>(request.integer("Limit").value_or(default_limit));
    const bool more = tags.size() > limit;
    answer.begin_object().key("HasMoreTags").boolean(more);
    write(answer, std::span(tags).first(std::min(limit, tags.size())));
    answer.end_object();
    return {};
}

ActionResult<void> list_of_resource(Kinesis& kinesis, const Request& request, Answer& answer) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, resource_of(kinesis, request));
    answer.begin_object();
    write(answer, tags_of(*topic));
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
constexpr Field listing[] = {{.name = "Limit", .type = Type::integer, .least = 1, .most = 50},
                             {.name = "ExclusiveStartTagKey", .least = 1, .most = 128},
                             stream_name_field,
                             stream_arn_field};
constexpr Field adding_to_resource[] = {tag_map, resource};
constexpr Field removing_from_resource[] = {tag_keys, resource};
constexpr Field naming_resource[] = {resource};

constexpr Action table[] = {
    {"AddTagsToStream", adding, at_once<add>, always},
    {"RemoveTagsFromStream", removing, at_once<remove>, always},
    {"ListTagsForStream", listing, at_once<list>},
    {"TagResource", adding_to_resource, at_once<add>, always},
    {"UntagResource", removing_from_resource, at_once<remove>, always},
    {"ListTagsForResource", naming_resource, at_once<list_of_resource>},
};

}  // namespace

ActionResult<void> add_tags(Labels& labels, const Item& tags, std::string_view stream, std::string_view account) {
    const std::string what = fmt::format("add tags to stream {}", stream);
    for (auto tag = tags.first(); tag; tag = tag->next_before(tags)) {
        if (tag->name().empty() || characters(tag->name()) > 128)
            return std::unexpected(validation_error(
                fmt::format("Value at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member "
                            "must have length less than or equal to 128, Member must have length greater than or equal "
                            "to 1]"),
                1));
        PINFLOW_TRY(check_tag(tag->name(), what, account));
        PINFLOW_TRY(check_tag(tag->text(), what, account));
        labels[fmt::format("{}{}", tag_front, tag->name())] = tag->text();
    }
    const auto count =
        std::ranges::count_if(labels, [](const auto& each) { return each.first.starts_with(tag_front); });
    if (static_cast<size_t>(count) <= max_tags) return {};
    return std::unexpected(ActionError{"InvalidArgumentException",
                                       fmt::format("Failed to add tags to stream {} under account {} because a given "
                                                   "stream cannot have more than {} tags associated with it.",
                                                   stream, account, max_tags)});
}

std::span<const Action> tag_actions() {
    return table;
}

}  // namespace pinflow::kinesis
