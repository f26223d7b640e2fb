// Access control lists, as the REST Proxy tells and changes them. Nobody signs in here: who asks is User:ANONYMOUS, and
// may do what Kafka's own protocol would let him.
#include <algorithm>
#include <array>

#include "auth/acls.h"
#include "base/text.h"
#include "net/listen_address.h"
#include "rest/json_fields.h"
#include "rest/v3_answers.h"
#include "rest/v3_handlers.h"

namespace pinflow::rest {
namespace {

constexpr size_t most_acls = 1000;  // of one request

template <class Value>
using OrRefused = std::expected<Value, Refusal>;

// In the words of requests: a filter's, or those of an entry to be.
struct AclWords {
    std::optional<std::string> type, name, pattern, principal, host, operation, permission;
};
struct Member {
    const char* name;
    std::optional<std::string> AclWords::* place;
};
constexpr std::array members = {Member{"resource_type", &AclWords::type},
                                Member{"resource_name", &AclWords::name},
                                Member{"pattern_type", &AclWords::pattern},
                                Member{"principal", &AclWords::principal},
                                Member{"host", &AclWords::host},
                                Member{"operation", &AclWords::operation},
                                Member{"permission", &AclWords::permission}};

std::string upper(std::string_view word) {
    std::string made(word);
    std::ranges::transform(made, made.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
    return made;
}

std::unexpected<Refusal> bad_request(std::string message, int code = 40002) {
    return std::unexpected(Refusal{400, code, std::move(message)});
}

OrRefused<auth::Acls*> acls_for(const V3Call& call, auth::Operation operation) {
    auth::Acls* const acls = call.site.acls ? call.site.acls() : nullptr;
    if (acls == nullptr) return bad_request("No Authorizer is configured on the broker.");
    const std::string host = auth::normal_host(net::host_of(call.request.peer));
    const auth::Resource cluster{auth::ResourceType::cluster, auth::cluster_name};
    if (acls->allows({"User:ANONYMOUS", host}, operation, cluster)) return acls;
    return std::unexpected(Refusal{403, 40301, "Cluster authorization failed."});
}

AclWords words_of(const auth::Acl& acl) {
    return {upper(word_of(acl.type)),
            acl.name,
            upper(word_of(acl.pattern)),
            acl.principal,
            acl.host,
            upper(word_of(acl.operation)),
            upper(word_of(acl.permission))};
}

// The address of those that match.
std::string url_of(const V3Call& call, const AclWords& words) {
    std::string url = call.links.url({"acls"});
    char mark = '?';
    for (const auto& [name, place] : members)
        url += std::exchange(mark, '&') + std::string(name) + "=" + percent_encode((words.*place).value_or(""), "*");
    return url;
}

void append_acl(JsonWriter& json, const V3Call& call, const auth::Acl& acl) {
    const AclWords words = words_of(acl);
    json.begin_object().key("kind").string("KafkaAcl").key("metadata").begin_object();
    json.key("self").string(url_of(call, words)).end_object();
    json.key("cluster_id").string(call.links.cluster_id());
    for (const auto& [name, place] : members) json.key(name).string(*(words.*place));
    json.end_object();
}

// ---- what is looked for

// Words of any case; "ANY" is none. A word that is none is to JAX-RS a path that is none.
template <class Enum>
OrRefused<std::optional<Enum>> filter_of(const std::optional<std::string>& word, const char* what) {
    const std::string lower = to_lower(word.value_or("any"));
    if (lower == "any") return std::optional<Enum>();
    if (lower == "unknown") return bad_request(fmt::format("{} cannot be UNKNOWN", what), 400);
    const auto found = auth::from_word<Enum>(lower);
    if (found) return found;
    return std::unexpected(Refusal{404, 404, "HTTP 404 Not Found"});
}

OrRefused<auth::AclFilter> filter_of(const V3Call& call, AclWords& words) {
    for (const auto& [name, place] : members) {
        std::string value = call.request.query_parameter(name);
        if (!value.empty()) words.*place = std::move(value);
    }
    auth::AclFilter filter{.name = words.name, .principal = words.principal, .host = words.host};
    if (filter.host) filter.host = auth::normal_host(*filter.host);
    PINFLOW_ASSIGN(filter.type, filter_of<auth::ResourceType>(words.type, "resource_type"));
    if (to_lower(words.pattern.value_or("")) == "match") {
        filter.names = auth::AclFilter::Names::matching;
    } else {
        PINFLOW_ASSIGN(filter.pattern, filter_of<auth::PatternType>(words.pattern, "pattern_type"));
    }
    PINFLOW_ASSIGN(filter.operation, filter_of<auth::Operation>(words.operation, "operation"));
    PINFLOW_ASSIGN(filter.permission, filter_of<auth::Permission>(words.permission, "permission"));
    for (auto word : {&AclWords::type, &AclWords::pattern, &AclWords::operation, &AclWords::permission})
        words.*word = upper((words.*word).value_or("any"));
    return filter;
}

// ---- what is made

template <class Enum>
OrRefused<Enum> value_of(const std::optional<std::string>& word, const char* what) {
    if (!word) return bad_request(fmt::format("{} is required.", what), 400);
    const auto found = auth::from_word<Enum>(to_lower(*word));
    if (found) return *found;
    return bad_request(fmt::format("{} cannot be {}", what, shown(*word)), 400);
}

OrRefused<auth::Acl> acl_of(const AclWords& words) {
    auth::Acl acl;
    PINFLOW_ASSIGN(acl.type, value_of<auth::ResourceType>(words.type, "resource_type"));
    PINFLOW_ASSIGN(acl.pattern, value_of<auth::PatternType>(words.pattern, "pattern_type"));
    PINFLOW_ASSIGN(acl.operation, value_of<auth::Operation>(words.operation, "operation"));
    PINFLOW_ASSIGN(acl.permission, value_of<auth::Permission>(words.permission, "permission"));
    for (const auto& [name, place] : members)
        if (!(words.*place)) return bad_request(fmt::format("{} is required.", name), 400);
    acl.name = *words.name;
    acl.principal = *words.principal;
    acl.host = auth::normal_host(*words.host);
    if (const auto good = auth::check_acl(acl); !good) return bad_request(good.error().message);
    return acl;
}

Checked read_words(JsonFields& fields, const std::string& key, AclWords& into) {
    const auto* const member = std::ranges::find(members, key, &Member::name);
    return member == members.end() ? fields.unknown(key) : fields.text(key, into.*member->place);
}

Refusal empty_payload() {
    return {422, 42206, "Payload error. Request body is empty. Data is required."};
}

net::Response make(const V3Call& call, const std::vector<AclWords>& wanted) {
    const auto acls = acls_for(call, auth::Operation::alter);
    if (!acls) return v3_refuse(acls.error());
    std::vector<auth::Acl> made;
    for (const AclWords& words : wanted) {
        auto acl = acl_of(words);
        if (!acl) return v3_refuse(acl.error());
        made.push_back(std::move(*acl));
    }
    if (const auto added = (*acls)->add(made); !added) {
        const bool too_many = added.error().code == Code::too_large;
        return v3_refuse({too_many ? 400 : 500, too_many ? 40002 : 50002, added.error().message});
    }
    net::Response response{201, "", "", {}};
    if (made.size() == 1) response.headers.emplace_back("Location", url_of(call, words_of(made.front())));
    return response;
}

}  // namespace

net::Response list_acls(const V3Call& call) {
    AclWords words;
    const auto filter = filter_of(call, words);
    if (!filter) return v3_refuse(filter.error());
    const auto acls = acls_for(call, auth::Operation::describe);
    if (!acls) return v3_refuse(acls.error());
    JsonWriter json;
    V3Links::begin_list(json, "KafkaAclList", url_of(call, words));
    for (const auth::Acl& acl : (*acls)->find(*filter)) append_acl(json, call, acl);
    return v3_answer(json.end_array().end_object().text());
}

net::Response delete_acls(const V3Call& call) {
    AclWords words;
    const auto filter = filter_of(call, words);
    if (!filter) return v3_refuse(filter.error());
    const auto acls = acls_for(call, auth::Operation::alter);
    if (!acls) return v3_refuse(acls.error());
    const auto gone = (*acls)->remove({*filter});
    if (!gone) return v3_refuse({500, 50002, gone.error().message});
    JsonWriter json;
    json.begin_object().key("data").begin_array();
    for (const auth::Acl& acl : gone->front()) append_acl(json, call, acl);
    return v3_answer(json.end_array().end_object().text());
}

net::Response create_acl(const V3Call& call) {
    if (call.request.body.empty()) return v3_refuse(empty_payload());
    AclWords words;
    JsonFields fields(call.request.body);
    const auto read = fields.body([&](const std::string& key) { return read_words(fields, key, words); });
    return read ? make(call, {words}) : v3_refuse(read.error());
}

net::Response create_acls(const V3Call& call) {
    if (call.request.body.empty()) return v3_refuse(empty_payload());
    std::vector<AclWords> all;
    JsonFields fields(call.request.body);
    const auto read = fields.body([&](const std::string& key) -> Checked {
        if (key != "data") return fields.unknown(key);
        return fields.list(key, most_acls, [&](size_t) {
            AclWords& words = all.emplace_back();
            return fields.object([&](const std::string& member) { return read_words(fields, member, words); });
        });
    });
    return read ? make(call, all) : v3_refuse(read.error());
}

}  // namespace pinflow::rest
