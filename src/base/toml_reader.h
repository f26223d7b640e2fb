// Typed access to TOML tables, where every mistake is told with file and line, and a key nobody asked for is one.
#pragma once
#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace pinflow {

// Reads one TOML table key by key; finish() refuses the keys that were not asked for.
class TomlReader {
  public:
    // `where` names the table in messages: "[table.pin]".
    TomlReader(const toml::table& table, std::string file, std::string where)
        : table_(table), file_(std::move(file)), where_(std::move(where)) {}

    Result<std::string> text(std::string_view key);  // must be there
    Result<std::string> text_or(std::string_view key, std::string otherwise);
    Result<int64_t> whole_number_or(std::string_view key, int64_t otherwise, int64_t least, int64_t most);
    Result<double> number_or(std::string_view key, double otherwise, double least, double most);  // whole or not
    Result<bool> flag_or(std::string_view key, bool otherwise);
    Result<std::vector<std::string>> texts(std::string_view key);  // a text or an array of them; empty if missing
    Result<const toml::table*> table(std::string_view key);        // null if missing
    Result<std::vector<const toml::table*>> tables(std::string_view key);  // array of tables; empty if missing
    Result<> finish() const;

    // "FILE:LINE: message", at `node`, or at this table; the message alone where there is no file.
    std::unexpected<Error> refuse(const toml::node* node, std::string_view message) const;
    const toml::node* node(std::string_view key) { return find(key); }
    const toml::table& raw() const { return table_; }
    const std::string& file() const { return file_; }
    const std::string& where() const { return where_; }

  private:
    const toml::node* find(std::string_view key);

    const toml::table& table_;
    std::string file_;
    std::string where_;
    std::vector<std::string> known_;
};

// The candidate most like `name`, if one is near enough to be what was meant; else empty.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace pinflow
