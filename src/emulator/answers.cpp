#include "emulator/answers.h"

#include <fmt/format.h>
#include <simdjson.h>

namespace pinflow::emulator {
namespace {

using simdjson::dom::element;

// Records of `list` whose member `error` is absent or null.
Verdict count_good(const simdjson::dom::array& list, std::string_view error, std::string_view message) {
    Verdict verdict;
    for (const element entry : list) {
        element code;
        if (entry.at_key(error).get(code) || code.is_null()) {
            ++verdict.accepted;
            continue;
        }
        if (!verdict.why.empty()) continue;
        std::string_view text;
        if (entry.at_key(message).get(text)) text = "";
        verdict.why = fmt::format("record error {}: {}", simdjson::minify(code), text);
    }
    return verdict;
}

Verdict judge_body(const Post& post, element answer) {
    simdjson::dom::array list;
    if (post.door == Door::rest) {
        if (answer.at_key("offsets").get(list)) return {0, "a 200 without offsets"};
        return count_good(list, "error_code", "error");
    }
    std::string_view sequence;
    if (!answer.at_key("SequenceNumber").get(sequence)) return {1, {}};
    if (answer.at_key("Records").get(list)) return {0, "a 200 without SequenceNumber or Records"};
    return count_good(list, "ErrorCode", "ErrorMessage");
}

}  // namespace

Verdict judge(const Post& post, int status, std::string_view body) {
    if (status != 200) return {0, std::string(body)};
    thread_local simdjson::dom::parser parser;
    element answer;
    if (parser.parse(body.data(), body.size()).get(answer)) return {0, "a 200 whose body is not JSON"};
    Verdict verdict = judge_body(post, answer);
    if (verdict.accepted > post.records) verdict.accepted = post.records;
    if (verdict.accepted < post.records && verdict.why.empty())
        verdict.why = fmt::format("{} records sent, {} in the answer", post.records, verdict.accepted);
    return verdict;
}

}  // namespace pinflow::emulator
