#include "app/connector_file.h"

#include "base/disk.h"
#include "base/json_tree.h"
#include "base/properties_file.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

Result<ConnectorFile> read_json(std::string_view text) {
    PINFLOW_ASSIGN(const Json root, parse_json_tree(text, {}));
    const Json* inner = root.find("config");
    const bool is_request = inner != nullptr && inner->object() != nullptr;
    const Json& config = is_request ? *inner : root;
    ConnectorFile file{.name = root.text_or("name"), .config = {}};
    if (config.object() == nullptr) return fail(Code::invalid, "this is no JSON object");
    for (const auto& [key, value] : config.object()->members()) {
        const std::string* scalar = value.text() != nullptr ? value.text() : value.number();
        if (scalar == nullptr && value.boolean() == nullptr)
            return fail(Code::invalid, "the value of \"{}\" must be a text, a number, true or false", key);
        file.config[key] = scalar != nullptr ? *scalar : (*value.boolean() ? "true" : "false");
    }
    return file;
}

}  // namespace

Result<ConnectorFile> parse_connector_file(std::string_view text, std::string_view where) {
    ConnectorFile file;
    if (trim(text).starts_with('{')) {
        auto read = read_json(text);
        if (!read) return fail(std::move(read).error().within(where));
        file = std::move(*read);
    } else {
        for (Property& property : parse_properties(text)) file.config[property.key] = std::move(property.value);
    }
    if (file.name.empty()) file.name = trim(file.config["name"]);
    if (file.name.empty()) return fail(Code::invalid, "{}: name the connector: name=my-connector", where);
    if (const auto own = file.config.find("name"); own == file.config.end() || trim(own->second).empty())
        file.config["name"] = file.name;
    return file;
}

Result<ConnectorFile> read_connector_file(const std::filesystem::path& path) {
    PINFLOW_ASSIGN(const std::string text, read_file(posix_disk(), path));
    return parse_connector_file(text, path.string());
}

}  // namespace pinflow::app
