#include "console/gateway_api.h"

#include "auth/crypto.h"
#include "base/json_writer.h"
#include "console/apis_api.h"
#include "console/gateway_lists.h"
#include "console/guard.h"
#include "console/json_table.h"
#include "gateway/definition_toml.h"

namespace pinflow::console {
namespace {

using gateway::ApiKey;
using gateway::Definition;
using gateway::Store;

std::string letters(size_t count) {
    return auth::letters_of(auth::random_bytes(count), count);
}

std::string done() {
    return "{\"done\":true}\n";
}

// PUT replaces an entry or makes it, DELETE takes it away.
template <auto Entries, class Name>
Result<std::string> entry_call(Store& store, const net::Request& request, const Name& name, auto read) {
    if (request.method == "DELETE") {
        PINFLOW_TRY(store.remove<Entries>(name));
        return done();
    }
    if (request.method != "PUT") return fail(Code::invalid, "this can be PUT and DELETEd");
    PINFLOW_ASSIGN(const toml::table body, table_of_json(request.body));
    PINFLOW_ASSIGN(auto entry, read(body));
    PINFLOW_TRY(store.set<Entries>(name, std::move(entry)));
    return done();
}

// Who chose the value knows it; who did not is told.
Result<std::string> told(const std::string& id, const ApiKey& key, const std::string& made_up) {
    JsonWriter json;
    json.begin_object().key("id").string(id).key("name").string(key.name);
    if (!made_up.empty()) json.key("value").string(made_up);
    json.end_object();
    return std::move(json).text() + "\n";
}

// The value that the body has, or one that is made up and told by `made_up`.
void give_value(ApiKey& key, const toml::table& body, std::string& made_up) {
    constexpr size_t letters_of_value = 40;  // 200 bits
    if (body.contains("value") || body.contains("value_sha256")) return;
    made_up = letters(letters_of_value);
    key.value = gateway::key_hash(made_up);
}

Result<std::string> create_key(Store& store, std::string_view text) {
    constexpr size_t letters_of_id = 10;  // as in the service
    PINFLOW_ASSIGN(toml::table body, table_of_json(text));
    const auto given = body["id"].value<std::string>();
    if (body.contains("id") && !given) return fail(Code::invalid, "id must be a text");
    const std::string id = given.value_or(letters(letters_of_id));
    body.erase("id");
    PINFLOW_ASSIGN(ApiKey key, gateway::read_key(body, "", id));
    std::string made_up;
    give_value(key, body, made_up);
    PINFLOW_TRY(store.add<&Definition::keys>(id, key));
    return told(id, key, made_up);
}

Result<std::string> rotate_key(Store& store, const std::string& id, std::string_view text) {
    PINFLOW_ASSIGN(const toml::table body, table_of_json(text));
    PINFLOW_ASSIGN(ApiKey fresh, gateway::read_key(body, "", id));
    std::string made_up;
    give_value(fresh, body, made_up);
    PINFLOW_TRY(store.edit<&Definition::keys>(id, [&](ApiKey& key) {
        key.value = fresh.value;
        fresh = key;
    }));
    return told(id, fresh, made_up);
}

Result<std::string> change_key(Store& store, const std::string& id, std::string_view text) {
    PINFLOW_ASSIGN(const toml::table body, table_of_json(text));
    if (body.contains("value") || body.contains("value_sha256"))
        return fail(Code::invalid, "another value is given by POST /api/gateway/keys/{}/rotate", id);
    PINFLOW_ASSIGN(const ApiKey changed, gateway::read_key(body, "", id));
    PINFLOW_TRY(store.edit<&Definition::keys>(id, [&](ApiKey& key) {
        if (body.contains("name")) key.name = changed.name;
        if (body.contains("description")) key.description = changed.description;
        if (body.contains("plan")) key.plan = changed.plan;
        if (body.contains("enabled")) key.enabled = changed.enabled;
    }));
    return done();
}

Result<std::string> key_call(Store& store, const net::Request& request, std::span<const std::string> path) {
    const std::string_view method = request.method;
    if (path.size() == 3 && method == "POST") return create_key(store, request.body);
    if (path.size() == 4 && method == "PATCH") return change_key(store, path[3], request.body);
    if (path.size() == 5 && path[4] == "rotate" && method == "POST") return rotate_key(store, path[3], request.body);
    if (path.size() == 4 && method == "DELETE") {
        PINFLOW_TRY(store.remove<&Definition::keys>(path[3]));
        return done();
    }
    return fail(Code::not_found, "no such call; docs/gateway.md lists them");
}

Result<std::string> set_settings(Store& store, std::string_view text) {
    PINFLOW_ASSIGN(toml::table body, table_of_json(text));
    std::optional<bool> direct;
    if (const auto* node = body.get("direct")) {
        direct = node->value_exact<bool>();
        if (!direct) return fail(Code::invalid, "direct must be true or false");
        body.erase("direct");
    }
    std::optional<gateway::Throttle> account;
    if (body["rate"].value<double>() == 0.0) {
        account.emplace();
        body.erase("rate");
        body.erase("burst");
        if (!body.empty()) return fail(Code::invalid, "settings are direct, rate and burst");
    } else if (!body.empty()) {
        PINFLOW_ASSIGN(account, gateway::read_account(body, ""));
    }
    PINFLOW_TRY(store.set_settings(direct, account));
    return done();
}

Result<std::string> entry_of_kind(Store& store, const net::Request& request, std::span<const std::string> path) {
    const std::string &kind = path[2], &name = path[3];
    if (kind == "stages")
        return entry_call<&Definition::stages>(
            store, request, name, [&](const toml::table& body) { return gateway::read_stage(body, "", name); });
    if (kind == "plans")
        return entry_call<&Definition::plans>(
            store, request, name, [&](const toml::table& body) { return gateway::read_plan(body, "", name); });
    const auto type = gateway::response_type_of(name);
    if (kind != "responses" || !type)
        return fail(Code::not_found, "nothing can be set at {}/{}; docs/gateway.md lists what there is", kind, name);
    return entry_call<&Definition::responses>(
        store, request, *type, [&](const toml::table& body) { return gateway::read_response(body, "", name); });
}

}  // namespace

Result<std::string> gateway_call(Store& store, const net::Request& request, std::span<const std::string> path,
                                 engine::Format format) {
    PINFLOW_TRY(check_host(request, "the gateway's keys"));
    const std::string_view method = request.method;
    if (path.size() >= 3 && path[2] == "apis") return apis_call(store, request, path, format);
    if (path.size() == 3 && method == "GET") return list_gateway(store, path[2], format);
    if (method != "DELETE") PINFLOW_TRY(check_json(request));
    if (path.size() == 3 && path[2] == "settings" && method == "PUT") return set_settings(store, request.body);
    if (path.size() >= 3 && path[2] == "keys") return key_call(store, request, path);
    if (path.size() == 4) return entry_of_kind(store, request, path);
    return fail(Code::not_found, "no such call; docs/gateway.md lists them");
}

}  // namespace pinflow::console
