#include "console/text_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"

namespace pinflow::console {
namespace {

std::string csv_cell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + '"';
}

}  // namespace

std::string TextTable::write(engine::Format format) const {
    if (format == engine::Format::table) return aligned();
    if (format == engine::Format::csv) return csv();
    const bool list = format == engine::Format::json;
    std::string out = list ? "[" : "";
    for (size_t i = 1; i < lines_.size(); ++i) {
        if (list && i > 1) out += ",\n ";
        out += object(lines_[i]);
        if (!list) out += '\n';
    }
    return list ? out + "]\n" : out;
}

std::string TextTable::aligned() const {
    std::vector<size_t> widths(lines_.front().size());
    for (const auto& line : lines_)
        for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
    std::string out;
    for (const auto& line : lines_) {
        for (size_t i = 0; i + 1 < line.size(); ++i)
            fmt::format_to(std::back_inserter(out), "{:<{}}  ", line[i], widths[i]);
        out += line.back() + '\n';
    }
    return out;
}

std::string TextTable::csv() const {
    std::string out;
    for (const auto& line : lines_) {
        for (size_t i = 0; i < line.size(); ++i)
            out += (i == 0 ? "" : ",") + csv_cell(line[i] == "null" ? "" : line[i]);
        out += '\n';
    }
    return out;
}

std::string TextTable::object(const std::vector<std::string>& line) const {
    JsonWriter json;
    json.begin_object();
    for (size_t i = 0; i < line.size(); ++i) {
        json.key(lines_.front()[i]);
        if (i >= first_number_)
            json.raw(line[i]);
        else if (line[i].empty())
            json.null();
        else
            json.string(line[i]);
    }
    json.end_object();
    return std::move(json).text();
}

}  // namespace pinflow::console
