// Results as text. All formats: UTC; timestamps 2020-08-28T03:52:47Z with a fraction only if there is one; binary as
// base64; numbers shortest that read back the same; decimals with all their digits.
//   json    [ {…},\n {…} ]   one row a line; lists are arrays, structs and maps objects, not-finite numbers text
//   ndjson  one object a line
//   csv     RFC 4180 with a header; null is empty, empty text is ""; nested values as JSON
//   table   for people: boxed, control characters shown as escapes, values cut after 80 characters, then "(n rows)"
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/connection.h"

namespace pinflow::engine {

enum class Format { table, json, ndjson, csv };
std::optional<Format> parse_format(std::string_view name);

// `write` gets the text piece by piece (about 64 KiB each) on the thread that runs stream().
using WriteText = std::function<Result<>(std::string_view piece)>;
std::unique_ptr<ResultSink> make_writer(Format format, WriteText write);

// The whole result as one text.
Result<std::string> query_text(Connection& connection, const std::string& sql, Format format,
                               const std::vector<Parameter>& parameters = {});

}  // namespace pinflow::engine
