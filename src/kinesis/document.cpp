#include "kinesis/document.h"

#include <charconv>
#include <cstdlib>

#include "base/text.h"
#include "kinesis/cbor_reader.h"

namespace pinflow::kinesis {
namespace {

using Step = JsonReader::Step;
using Kind = Item::Kind;

// Not longer than what it was made from, and that lies in the reader's own memory.
std::string_view unescape(std::string_view quoted) {
    const std::string_view inner = quoted.substr(1, quoted.size() - 2);
    if (!inner.contains('\\')) return inner;
    const std::string plain = json_string_text(quoted);
    char* const to = const_cast<char*>(inner.data());
    std::ranges::copy(plain, to);
    return {to, plain.size()};
}

// Infinity or next to nothing: from_chars does not say which.
double beyond_range(std::string_view number) {
    return std::strtod(std::string(number).c_str(), nullptr);
}

constexpr std::string_view too_deep = "values are nested too deep", too_many = "the request holds too many values";

}  // namespace

Item::Kind Item::kind() const {
    return document_->nodes_[index_].kind;
}

std::string_view Item::name() const {
    return document_->nodes_[index_].name;
}

int64_t Item::integer() const {
    return document_->nodes_[index_].integer;
}

double Item::real() const {
    return document_->nodes_[index_].real;
}

std::string_view Item::text() const {
    return document_->nodes_[index_].text;
}

size_t Item::count() const {
    return document_->nodes_[index_].children;
}

Format Item::format() const {
    return document_->format_;
}

std::optional<Item> Item::at(size_t index, size_t end) const {
    return index < end ? std::optional(Item(*document_, index)) : std::nullopt;
}

std::optional<Item> Item::first() const {
    return at(index_ + 1, document_->nodes_[index_].end);
}

std::optional<Item> Item::next_before(const Item& parent) const {
    return at(document_->nodes_[index_].end, document_->nodes_[parent.index_].end);
}

std::optional<Item> Item::member(std::string_view name) const {
    const auto& nodes = document_->nodes_;
    if (kind() != Kind::object) return std::nullopt;
    size_t found = index_;
    for (size_t child = index_ + 1; child < nodes[index_].end; child = nodes[child].end)
        if (nodes[child].name == name) found = child;
    return found == index_ || nodes[found].kind == Kind::null ? std::nullopt : std::optional(Item(*document_, found));
}

ActionResult<void> Document::read(Format format, std::string_view body) {
    nodes_.clear();
    joined_.clear();
    problem_ = {};
    format_ = format;
    if (format == Format::json) {
        PINFLOW_TRY(read_json(body));
    } else {
        const std::string_view problem = CborReader(*this, body).read();
        if (!problem.empty()) return std::unexpected(serialization_error(fmt::format("not CBOR: {}", problem)));
    }
    if (nodes_.front().kind != Kind::object)
        return std::unexpected(serialization_error("the request is not an object"));
    return {};
}

ActionResult<void> Document::read_json(std::string_view body) {
    if (json_.start(body) && read_value({}, 0) && json_.finish()) return {};
    if (!problem_.empty()) return std::unexpected(serialization_error(std::string(problem_)));
    return std::unexpected(serialization_error(fmt::format("not JSON: {}", json_.error().message)));
}

bool Document::add(Kind kind, std::string_view name) {
    if (nodes_.size() == max_values) return problem_ = too_many, false;
    nodes_.push_back({kind, name, {}, 0, 0, nodes_.size() + 1, 0});
    return true;
}

bool Document::read_value(std::string_view name, size_t depth) {
    if (depth == max_depth) return problem_ = too_deep, false;
    const char first = json_.peek();
    const Kind kind = first == '{' ? Kind::object : first == '[' ? Kind::list : Kind::null;
    if (!add(kind, name)) return false;
    if (kind == Kind::null) return read_scalar(nodes_.back());
    const size_t place = nodes_.size() - 1;
    if (kind == Kind::object ? !read_object(depth) : !read_list(depth)) return false;
    nodes_[place].end = nodes_.size();
    return true;
}

bool Document::read_object(size_t depth) {
    const size_t place = nodes_.size() - 1;
    if (!json_.enter_object()) return false;
    std::string_view key;
    Step step;
    while ((step = json_.next_key(key)) == Step::item) {
        if (!read_value(key, depth + 1)) return false;
        ++nodes_[place].children;
    }
    return step == Step::end;
}

bool Document::read_list(size_t depth) {
    const size_t place = nodes_.size() - 1;
    if (!json_.enter_array()) return false;
    Step step;
    while ((step = json_.next_element()) == Step::item) {
        if (!read_value({}, depth + 1)) return false;
        ++nodes_[place].children;
    }
    return step == Step::end;
}

bool Document::read_scalar(Node& node) {
    std::string_view value;
    if (!json_.value(value)) return false;
    if (value == "null") return true;
    if (value.starts_with('"')) {
        node.kind = Kind::text;
        node.text = unescape(value);
    } else if (value == "true" || value == "false") {
        node.kind = Kind::boolean;
        node.integer = value == "true";
    } else if (const auto whole = parse_int(value)) {
        node.kind = Kind::integer;
        node.integer = *whole;
        node.real = static_cast<double>(*whole);
    } else {
        node.kind = Kind::real;
        const auto read = std::from_chars(value.data(), value.data() + value.size(), node.real);
        if (read.ec == std::errc::result_out_of_range) node.real = beyond_range(value);
    }
    return true;
}

}  // namespace pinflow::kinesis
