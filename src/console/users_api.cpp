#include "console/users_api.h"

#include <simdjson.h>

#include <algorithm>
#include <cctype>

#include "base/json_writer.h"
#include "base/text.h"
#include "console/guard.h"
#include "console/text_table.h"

namespace pinflow::console {
namespace {

constexpr size_t letters_of_secret = 40;  // 200 bits

std::string list_users(const auth::Users& users, engine::Format format) {
    TextTable table({"user", "mechanisms", "access_keys"}, 3);
    for (const auto& [name, user] : users.all()) {
        std::string mechanisms = user.scram.empty() ? "" : "PLAIN", keys;
        for (const auto& [hash, credential] : user.scram) mechanisms += fmt::format(",{}", auth::scram_name(hash));
        for (const auto& key : user.access_keys) keys += (keys.empty() ? "" : ",") + key.id;
        table.add({name, mechanisms, keys});
    }
    return table.write(format);
}

// A text member, or nothing where there is none.
Result<std::optional<std::string>> member(std::string_view body, std::string_view name) {
    simdjson::dom::parser parser;
    simdjson::dom::element root, value;
    std::string_view text;
    if (parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS || !root.is_object())
        return fail(Code::invalid, "the body must be a JSON object");
    if (root[name].get(value) != simdjson::SUCCESS) return std::nullopt;
    if (value.get(text) != simdjson::SUCCESS) return fail(Code::invalid, "{} must be a text", name);
    return std::string(text);
}

std::string made_up_secret() {
    return auth::letters_of(auth::random_bytes(letters_of_secret), letters_of_secret);
}

// Who chose the password knows it; who did not is told.
Result<std::string> give_password(auth::Users& users, const std::string& name, std::string_view body) {
    PINFLOW_ASSIGN(const auto chosen, member(body, "password"));
    const std::string password = chosen.value_or(made_up_secret());
    PINFLOW_TRY(users.set_password(name, password));
    JsonWriter json;
    json.begin_object().key("name").string(name);
    if (!chosen) json.key("password").string(password);
    json.end_object();
    return std::move(json).text() + "\n";
}

Result<std::string> add_user(auth::Users& users, std::string_view body) {
    PINFLOW_ASSIGN(const auto name, member(body, "name"));
    if (!name) return fail(Code::invalid, R"(the body must be {{"name":"alice"}}, with a "password" or without)");
    if (users.scram(*name, auth::Hash::sha256) || users.scram(*name, auth::Hash::sha512))
        return fail(Code::exists, "the user {} has a password already; `pinflow users password {}` gives a new one",
                    *name, *name);
    return give_password(users, *name, body);
}

Result<std::string> add_key(auth::Users& users, const std::string& name, std::string_view body) {
    PINFLOW_ASSIGN(const auto id, member(body, "id"));
    PINFLOW_ASSIGN(const auto secret, member(body, "secret"));
    PINFLOW_ASSIGN(const auto token, member(body, "session_token"));
    std::string letters = made_up_secret().substr(0, 16);
    std::ranges::transform(letters, letters.begin(), [](unsigned char c) { return std::toupper(c); });
    const auth::AccessKey key{.id = id.value_or("AKIA" + letters),
                              .secret = secret.value_or(made_up_secret()),
                              .session_token = token.value_or("")};
    PINFLOW_TRY(users.add_key(name, key));
    JsonWriter json;
    json.begin_object().key("user").string(name).key("id").string(key.id);
    if (!secret) json.key("secret").string(key.secret);
    json.end_object();
    return std::move(json).text() + "\n";
}

}  // namespace

Result<std::string> users_call(auth::Users& users, const net::Request& request, std::span<const std::string> path,
                               engine::Format format) {
    const std::string_view method = request.method;
    PINFLOW_TRY(check_host(request, "users"));
    if (path.size() == 2 && method == "GET") return list_users(users, format);
    if (method != "DELETE") PINFLOW_TRY(check_json(request));
    if (path.size() == 2 && method == "POST") return add_user(users, request.body);
    if (path.size() == 3 && method == "DELETE") {
        PINFLOW_TRY(users.remove(path[2]));
        return "{\"removed\":true}\n";
    }
    if (path.size() == 4 && path[3] == "password" && method == "PUT") {
        if (!users.all().contains(path[2]))
            return fail(Code::not_found, "there is no user {}; `pinflow users list` shows them", path[2]);
        return give_password(users, path[2], request.body);
    }
    if (path.size() == 4 && path[3] == "access-keys" && method == "POST") return add_key(users, path[2], request.body);
    if (path.size() == 5 && path[3] == "access-keys" && method == "DELETE") {
        PINFLOW_TRY(users.remove_key(path[2], path[4]));
        return "{\"removed\":true}\n";
    }
    return fail(Code::not_found, "no such call; docs/console_api.md lists them");
}

}  // namespace pinflow::console
