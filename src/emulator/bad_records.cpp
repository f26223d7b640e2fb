#include "emulator/bad_records.h"

#include <fmt/format.h>

#include <array>
#include <span>

#include "base/base64.h"
#include "base/text.h"
#include "emulator/python_json.h"

namespace pinflow::emulator {
namespace {

constexpr std::string_view quarantined = "quarantined";
constexpr std::string_view clean = "a clean row";

using Make = std::string (*)(const std::string& row);

struct Defect {
    std::string_view label;
    Make make;
    std::string_view expected = quarantined;
    int clean_rows = 0;
    bool binary = false;
};

struct Span {
    size_t from = 0, to = 0;
};

// Where the value of a member stands in a row of ours; the rows are flat, so a value is a string or has no comma.
Span value_of(const std::string& row, std::string_view member) {
    const size_t key = row.find(fmt::format("\"{}\": ", member));
    if (key == row.npos) return {row.size() - 1, row.size() - 1};
    const size_t from = key + member.size() + 4;
    size_t to = from;
    if (row[from] != '"') return {from, row.find_first_of(",}", from)};
    for (++to; row[to] != '"'; ++to) to += row[to] == '\\' ? 1 : 0;
    return {from, to + 1};
}

std::string with(std::string row, std::string_view member, std::string_view json) {
    const Span span = value_of(row, member);
    return row.replace(span.from, span.to - span.from, json);
}

std::string index_name(const std::string& row) {
    return row.substr(2, row.find('"', 2) - 2);
}
std::string index_text(const std::string& row) {
    const Span span = value_of(row, index_name(row));
    return row.substr(span.from, span.to - span.from);
}
std::string without_index(const std::string& row) {
    return "{" + row.substr(row.find(", ") + 2);
}
std::string with_index(const std::string& row, std::string_view json) {
    return with(row, index_name(row), json);
}
std::string iso_time(const std::string& row, std::string_view member) {
    const Span span = value_of(row, member);
    std::string time = row.substr(span.from, span.to - span.from);
    if (time.size() != 21) return row;  // not the table's own shape: sent as it is
    time[11] = 'T';
    return with(row, member, time.insert(20, ".000Z"));
}

constexpr std::array common{
    Defect{"bad: cut off in the middle", [](const std::string& row) { return row.substr(0, row.size() / 2); },
           quarantined, 0, true},
    Defect{"bad: plain text", [](const std::string&) { return std::string("hello, is this thing on?"); }, quarantined,
           0, true},
    Defect{"bad: not UTF-8", [](const std::string& row) { return with(row, index_name(row), "\"\xff\xfe\""); },
           quarantined, 0, true},
    Defect{"bad: empty text", [](const std::string&) { return std::string("\"\""); }},
    Defect{"bad: a number", [](const std::string&) { return std::string("42"); }},
    Defect{"bad: one bad element in an array",
           [](const std::string& row) { return fmt::format("[{}, {{\"no\": \"index\"}}]", row); }},
    Defect{"bad: array in an array", [](const std::string& row) { return fmt::format("[[{}]]", row); }},
    Defect{"bad: no index", without_index},
    Defect{"bad: index is null", [](const std::string& row) { return with_index(row, "null"); }},
    Defect{"bad: index is a word", [](const std::string& row) { return with_index(row, "\"seven\""); }},
    Defect{"bad: index has a fraction", [](const std::string& row) { return with_index(row, "1.5"); }},
    Defect{"odd: JSON in a string", [](const std::string& row) { return python_string(row); }, clean, 1},
    Defect{"odd: JSON in base64", [](const std::string& row) { return python_string(base64_encode(row)); }, clean, 1},
    Defect{"odd: array of one", [](const std::string& row) { return fmt::format("[{}]", row); }, clean, 1},
    Defect{"odd: array of two", [](const std::string& row) { return fmt::format("[{}, {}]", row, row); },
           "two clean rows", 2},
    Defect{"odd: empty array", [](const std::string&) { return std::string("[]"); }, "skipped", 0},
    Defect{"odd: index in a string",
           [](const std::string& row) { return with_index(row, python_string(index_text(row))); }, clean, 1},
    Defect{"odd: index called idx",
           [](const std::string& row) {
               return fmt::format("{{\"idx\": {}, {}", index_text(row), without_index(row).substr(1));
           },
           clean, 1},
    Defect{"odd: unknown member",
           [](const std::string& row) { return row.substr(0, row.size() - 1) + ", \"later\": {\"a\": [1, 2]}}"; },
           clean, 1},
};
constexpr std::array pin_only{
    Defect{"bad: follower_count is a word",
           [](const std::string& row) { return with(row, "follower_count", "\"lots\""); }},
    Defect{"bad: title is an object", [](const std::string& row) { return with(row, "title", "{\"text\": \"x\"}"); }},
};
constexpr std::array geo_only{
    Defect{"bad: latitude 999", [](const std::string& row) { return with(row, "latitude", "999"); }},
    Defect{"bad: longitude -180.5", [](const std::string& row) { return with(row, "longitude", "-180.5"); }},
    Defect{"bad: latitude is a word", [](const std::string& row) { return with(row, "latitude", "\"north\""); }},
    Defect{"bad: timestamp is a word", [](const std::string& row) { return with(row, "timestamp", "\"yesterday\""); }},
    Defect{"bad: 30 February",
           [](const std::string& row) { return with(row, "timestamp", "\"2021-02-30 10:00:00\""); }},
    Defect{"odd: ISO time", [](const std::string& row) { return iso_time(row, "timestamp"); }, clean, 1},
};
constexpr std::array user_only{
    Defect{"bad: age -1", [](const std::string& row) { return with(row, "age", "-1"); }},
    Defect{"bad: age 200", [](const std::string& row) { return with(row, "age", "200"); }},
    Defect{"bad: age is a word", [](const std::string& row) { return with(row, "age", "\"thirty\""); }},
    Defect{"bad: date_joined is a word",
           [](const std::string& row) { return with(row, "date_joined", "\"a while ago\""); }},
    Defect{"odd: ISO time", [](const std::string& row) { return iso_time(row, "date_joined"); }, clean, 1},
};

std::span<const Defect> own_defects(Kind kind) {
    switch (kind) {
        case Kind::pin:
            return pin_only;
        case Kind::geo:
            return geo_only;
        case Kind::user:
            return user_only;
    }
    return {};
}

}  // namespace

int64_t marked_kinds(Kind kind) {
    return std::ssize(common) + std::ssize(own_defects(kind));
}

Marked marked_record(Kind kind, int64_t i, const std::string& row) {
    const auto at = static_cast<size_t>(i % marked_kinds(kind));
    const Defect& defect = at < common.size() ? common[at] : own_defects(kind)[at - common.size()];
    return {defect.label, defect.expected, defect.clean_rows, defect.binary, defect.make(row)};
}

Post marked_post(const Requests& requests, Kind kind, Door door, const Marked& marked) {
    if (door == Door::rest) {
        return marked.binary ? requests.marked_rest_binary(kind, marked.label, marked.value)
                             : requests.marked_rest(kind, marked.label, marked.value);
    }
    return requests.marked_kinesis(kind, marked.label,
                                   marked.binary ? python_string(base64_encode(marked.value)) : marked.value);
}

}  // namespace pinflow::emulator
