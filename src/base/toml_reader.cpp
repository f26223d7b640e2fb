#include "base/toml_reader.h"

#include "base/text.h"

namespace pinflow {
namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
    std::string best;
    size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        const size_t distance = edit_distance(to_lower(name), to_lower(candidate));
        if (distance >= best_distance) continue;
        best_distance = distance;
        best = candidate;
    }
    return best;
}

std::unexpected<Error> TomlReader::refuse(const toml::node* node, std::string_view message) const {
    if (file_.empty()) return fail(Code::invalid, "{}", message);
    const auto line = (node ? node->source() : table_.source()).begin.line;
    return fail(Code::invalid, "{}:{}: {}", file_, line, message);
}

const toml::node* TomlReader::find(std::string_view key) {
    known_.emplace_back(key);
    return table_.get(key);
}

Result<std::string> TomlReader::text(std::string_view key) {
    const toml::node* node = find(key);
    if (!node) {
        for (const auto& [name, other] : table_) {  // mistyped, rather than missing
            if (nearest(name.str(), {std::string(key)}).empty()) continue;
            return refuse(&other, fmt::format("{} has no setting {}: did you mean {}?", where_, name.str(), key));
        }
        return refuse(nullptr, fmt::format("{} needs {} = \"…\"", where_, key));
    }
    if (const auto value = node->value_exact<std::string>()) return *value;
    return refuse(node, fmt::format("{} of {} must be text in quotes", key, where_));
}

Result<std::string> TomlReader::text_or(std::string_view key, std::string otherwise) {
    if (!find(key)) return otherwise;
    return text(key);
}

Result<int64_t> TomlReader::whole_number_or(std::string_view key, int64_t otherwise, int64_t least, int64_t most) {
    const toml::node* node = find(key);
    if (!node) return otherwise;
    const auto value = node->value_exact<int64_t>();
    if (value && *value >= least && *value <= most) return *value;
    return refuse(node, fmt::format("{} of {} must be a whole number from {} to {}", key, where_, least, most));
}

Result<double> TomlReader::number_or(std::string_view key, double otherwise, double least, double most) {
    const toml::node* node = find(key);
    if (!node) return otherwise;
    const auto value = node->value<double>();
    if (node->is_number() && value && *value >= least && *value <= most) return *value;
    return refuse(node, fmt::format("{} of {} must be a number from {} to {}", key, where_, least, most));
}

Result<bool> TomlReader::flag_or(std::string_view key, bool otherwise) {
    const toml::node* node = find(key);
    if (!node) return otherwise;
    if (const auto value = node->value_exact<bool>()) return *value;
    return refuse(node, fmt::format("{} of {} must be true or false", key, where_));
}

Result<std::vector<std::string>> TomlReader::texts(std::string_view key) {
    std::vector<std::string> values;
    const toml::node* node = find(key);
    if (!node) return values;
    if (const auto one = node->value_exact<std::string>()) return std::vector{*one};
    const toml::array* array = node->as_array();
    if (!array) return refuse(node, fmt::format("{} of {} must be [\"…\", …]", key, where_));
    for (const toml::node& element : *array) {
        const auto value = element.value_exact<std::string>();
        if (!value) return refuse(&element, fmt::format("{} of {} must hold text only", key, where_));
        values.push_back(*value);
    }
    return values;
}

Result<const toml::table*> TomlReader::table(std::string_view key) {
    const toml::node* node = find(key);
    if (!node) return nullptr;
    if (const toml::table* value = node->as_table()) return value;
    return refuse(node, fmt::format("{} of {} must be a table", key, where_));
}

Result<std::vector<const toml::table*>> TomlReader::tables(std::string_view key) {
    std::vector<const toml::table*> values;
    const toml::node* node = find(key);
    if (!node) return values;
    const toml::array* array = node->as_array();
    if (!array) return refuse(node, fmt::format("{} of {} must be an array of tables", key, where_));
    for (const toml::node& element : *array) {
        if (!element.is_table()) return refuse(&element, fmt::format("{} of {} must hold tables only", key, where_));
        values.push_back(element.as_table());
    }
    return values;
}

Result<> TomlReader::finish() const {
    for (const auto& [key, node] : table_) {
        const std::string name(key.str());
        if (std::ranges::find(known_, name) != known_.end()) continue;
        const std::string near = nearest(name, known_);
        const std::string hint =
            near.empty() ? fmt::format("known are {}", fmt::join(known_, ", ")) : fmt::format("did you mean {}?", near);
        return refuse(&node, fmt::format("{} has no setting {}: {}", where_, name, hint));
    }
    return {};
}

}  // namespace pinflow
