#include "auth/users_file.h"

#include "auth/file_fields.h"
#include "base/base64.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace pinflow::auth {
namespace {

using simdjson::dom::element;

void write_user(JsonWriter& json, const std::string& name, const User& user) {
    json.begin_object().key("name").string(name).key("scram").begin_array();
    for (const auto& [hash, credential] : user.scram) {
        json.begin_object().key("mechanism").string(scram_name(hash));
        json.key("iterations").number(credential.iterations);
        json.key("salt").string(base64_encode(credential.salt));
        json.key("stored_key").string(base64_encode(credential.stored_key));
        json.key("server_key").string(base64_encode(credential.server_key)).end_object();
    }
    json.end_array().key("access_keys").begin_array();
    for (const AccessKey& key : user.access_keys) {
        json.begin_object().key("id").string(key.id).key("secret").string(key.secret);
        if (!key.session_token.empty()) json.key("session_token").string(key.session_token);
        json.end_object();
    }
    json.end_array().end_object();
}

Result<std::string> bytes_of(element of, std::string_view name) {
    PINFLOW_ASSIGN(const std::string text, text_of(of, name));
    const auto bytes = base64_decode(text);
    if (!bytes) return fail(Code::corrupt, "\"{}\" is not base64", name);
    return *bytes;
}

Result<> read_credential(element from, User& user) {
    PINFLOW_ASSIGN(const std::string mechanism, text_of(from, "mechanism"));
    const auto hash = scram_hash(mechanism);
    if (!hash || user.scram.contains(*hash))
        return fail(Code::corrupt, "the mechanism \"{}\" is none, or there twice", mechanism);
    ScramCredential credential;
    int64_t iterations = 0;
    if (from["iterations"].get(iterations) != simdjson::SUCCESS || iterations < scram_min_iterations ||
        iterations > scram_max_iterations)
        return fail(Code::corrupt, "\"iterations\" must be from {} to {}", scram_min_iterations, scram_max_iterations);
    credential.iterations = static_cast<int>(iterations);
    PINFLOW_ASSIGN(credential.salt, bytes_of(from, "salt"));
    PINFLOW_ASSIGN(credential.stored_key, bytes_of(from, "stored_key"));
    PINFLOW_ASSIGN(credential.server_key, bytes_of(from, "server_key"));
    if (credential.stored_key.size() != size_of(*hash) || credential.server_key.size() != size_of(*hash))
        return fail(Code::corrupt, "a key of {} has {} bytes", mechanism, size_of(*hash));
    user.scram.emplace(*hash, std::move(credential));
    return {};
}

Result<> read_key(element from, User& user) {
    AccessKey key;
    PINFLOW_ASSIGN(key.id, text_of(from, "id"));
    PINFLOW_ASSIGN(key.secret, text_of(from, "secret"));
    element token;
    if (from["session_token"].get(token) == simdjson::SUCCESS) {
        PINFLOW_ASSIGN(key.session_token, text_of(from, "session_token"));
    }
    if (key.id.empty() || key.secret.empty()) return fail(Code::corrupt, "an access key has an id and a secret");
    user.access_keys.push_back(std::move(key));
    return {};
}

Result<> read_user(element from, UsersByName& users) {
    PINFLOW_ASSIGN(const std::string name, text_of(from, "name"));
    PINFLOW_TRY(check_user_name(name));
    User user;
    PINFLOW_ASSIGN(const auto credentials, array_of(from, "scram"));
    for (const element each : credentials) PINFLOW_TRY(read_credential(each, user));
    PINFLOW_ASSIGN(const auto keys, array_of(from, "access_keys"));
    for (const element each : keys) PINFLOW_TRY(read_key(each, user));
    if (!users.emplace(name, std::move(user)).second) return fail(Code::corrupt, "the user {} is there twice", name);
    return {};
}

}  // namespace

std::string write_users(const UsersFile& file) {
    JsonWriter json;
    json.begin_object().key("version").number(1).key("decoy_key").string(base64_encode(file.decoy_key));
    json.key("users").begin_array();
    for (const auto& [name, user] : file.users) write_user(json, name, user);
    json.end_array().end_object();
    return std::move(json).text() + "\n";
}

Result<UsersFile> read_users(std::string_view text) {
    simdjson::dom::parser parser;
    PINFLOW_ASSIGN(const element root, parse_file(parser, text));
    UsersFile file;
    PINFLOW_ASSIGN(file.decoy_key, bytes_of(root, "decoy_key"));
    PINFLOW_ASSIGN(const auto users, array_of(root, "users"));
    for (const element each : users) PINFLOW_TRY(read_user(each, file.users));
    return file;
}

}  // namespace pinflow::auth
