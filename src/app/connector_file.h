// A connector's configuration in a file, as connect-standalone takes it: properties, or JSON that is either a flat
// object or {"name":…,"config":{…}}.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "base/error.h"

namespace pinflow::app {

struct ConnectorFile {
    std::string name;
    std::map<std::string, std::string> config;
};

Result<ConnectorFile> read_connector_file(const std::filesystem::path& path);
// `where` names it in errors. JSON if its first character is '{'.
Result<ConnectorFile> parse_connector_file(std::string_view text, std::string_view where);

}  // namespace pinflow::app
