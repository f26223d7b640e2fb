#include "auth/msk_iam.h"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "auth/msk_connect.h"
#include "base/text.h"
#include "base/uuid.h"

namespace pinflow::auth {
namespace {

constexpr std::string_view msk_version = "2020_10_22";
constexpr size_t max_token_bytes = 32 << 10;  // session tokens are long

// On the wire their names are in lower case.
constexpr std::array<std::string_view, 7> signed_parameters = {
    "Action",        "X-Amz-Algorithm",      "X-Amz-Credential",   "X-Amz-Date",
    "X-Amz-Expires", "X-Amz-Security-Token", "X-Amz-SignedHeaders"};

}  // namespace

Result<Presigned> read_msk_iam(std::string_view token) {
    if (token.size() > max_token_bytes)
        return fail(Code::too_large, "{} bytes; {} are allowed", token.size(), max_token_bytes);
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    if (parser.parse(token.data(), token.size()).get(root) != simdjson::SUCCESS || !root.is_object())
        return fail(Code::invalid, "it is no JSON object");
    const auto text_of = [&](std::string_view name) {
        std::string_view text;
        return root[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
    };
    if (text_of("version") != msk_version) return fail(Code::invalid, "its version is not {}", msk_version);
    Presigned request{.host = to_lower(text_of("host")), .query = {}, .signature = text_of("x-amz-signature")};
    for (const std::string_view name : signed_parameters)
        if (std::string value = text_of(to_lower(name)); !value.empty()) request.query.emplace(name, std::move(value));
    return request;
}

Result<> MskIam::take(std::string_view token) {
    PINFLOW_ASSIGN(const Presigned request, read_msk_iam(token));
    PINFLOW_ASSIGN(identity_, check_connect(request, around_.users, around_.clock));
    if (std::ranges::find(around_.hosts, request.host) != around_.hosts.end()) return {};
    return fail(Code::invalid,
                "it is signed for the host \"{}\"; if that is how clients call this machine, name it in "
                "kafka.sasl_hosts",
                request.host.substr(0, 300));
}

Step MskIam::next(std::string_view token) {
    const std::string id = Uuid::random().text();
    if (const auto taken = take(token); !taken)
        return Step::failed(fmt::format("{} (request {})", taken.error().message, id),
                            fmt::format("[{}]: Access denied", id));
    return Step::done(fmt::format(R"({{"version":"{}","request-id":"{}"}})", msk_version, id));
}

}  // namespace pinflow::auth
