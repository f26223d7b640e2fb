// pinflow users: calls of a running Pinflow's console, which listens on this machine alone unless it is told otherwise:
// who reaches it may add the first user.
#include <fmt/core.h>
#include <unistd.h>

#include <iostream>

#include "app/commands.h"
#include "app/console_client.h"
#include "app/place.h"
#include "app/secret_line.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

Result<std::string> body_of(const UsersOptions& options) {
    JsonWriter json;
    json.begin_object().key("name").string(options.user);
    if (options.password_stdin) {
        PINFLOW_ASSIGN(const std::string password, secret_line("password"));
        json.key("password").string(password);
    }
    if (!options.key_id.empty()) json.key("id").string(options.key_id);
    if (options.secret_stdin) {
        PINFLOW_ASSIGN(const std::string secret, secret_line("secret access key"));
        json.key("secret").string(secret);
        std::string token;
        if (!::isatty(STDIN_FILENO) && std::getline(std::cin, token) && !token.empty())
            json.key("session_token").string(token);
    }
    json.end_object();
    return std::move(json).text();
}

Result<Reply> call(const UsersOptions& options, const ConsoleClient& console) {
    const std::string path = "/api/users/" + percent_encode(options.user);
    const std::string key_path = path + "/access-keys/" + percent_encode(options.key_id);
    if (options.action == "list") return console.call("GET", "/api/users?format=" + options.format);
    if (options.action == "remove") return console.call("DELETE", path);
    if (options.action == "remove-key") return console.call("DELETE", key_path);
    PINFLOW_ASSIGN(const std::string body, body_of(options));
    if (options.action == "add") return console.call("POST", "/api/users", body);
    if (options.action == "password") return console.call("PUT", path + "/password", body);
    return console.call("POST", path + "/access-keys", body);
}

Result<std::string> answer(const UsersOptions& options) {
    PINFLOW_ASSIGN(const Place place, locate(options.target, false));
    PINFLOW_ASSIGN(Reply reply, call(options, ConsoleClient(place)));
    return std::move(reply.body);
}

bool makes_up_a_secret(const UsersOptions& options) {
    if (options.action == "add-key") return !options.secret_stdin;
    return (options.action == "add" || options.action == "password") && !options.password_stdin;
}

}  // namespace

int run_users(const UsersOptions& options) {
    interrupted();
    const auto text = answer(options);
    if (!text) return report(text.error());
    if (makes_up_a_secret(options)) fmt::print(stderr, "This is shown once and cannot be asked for again:\n");
    fmt::print("{}", *text);
    return 0;
}

}  // namespace pinflow::app
