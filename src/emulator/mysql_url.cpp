#include "emulator/mysql_url.h"

#include "base/text.h"

namespace pinflow::emulator {
namespace {

std::pair<std::string_view, std::string_view> cut(std::string_view text, size_t at) {
    if (at == text.npos) return {text, {}};
    return {text.substr(0, at), text.substr(at + 1)};
}

Result<std::string> decoded(std::string_view part, std::string_view what) {
    // '+' is a plus here, unlike in a form.
    std::string kept;
    for (const char c : part) kept += c == '+' ? std::string("%2B") : std::string(1, c);
    auto text = percent_decode(kept);
    if (!text) return fail(Code::invalid, "the {} in the mysql URL has a broken %-escape", what);
    return *std::move(text);
}

}  // namespace

Result<MysqlUrl> parse_mysql_url(std::string_view url) {
    constexpr std::string_view shape = "mysql://user:password@host:port/database";
    const size_t scheme_end = url.find("://");
    const std::string_view scheme = url.substr(0, scheme_end);
    if (scheme != "mysql" && scheme != "mysql+pymysql" && scheme != "mariadb")
        return fail(Code::invalid, "source scheme \"{}\" is unknown; a database is given as {}", scheme, shape);
    const std::string_view rest = url.substr(scheme_end + 3);
    const auto [place, query] = cut(rest, rest.find('?'));
    const size_t slash = place.rfind('/');
    if (slash == place.npos || slash + 1 == place.size())
        return fail(Code::invalid, "the mysql URL names no database; the shape is {}", shape);
    MysqlUrl parsed;
    PINFLOW_ASSIGN(parsed.database, decoded(place.substr(slash + 1), "database"));
    const std::string_view authority = place.substr(0, slash);
    const size_t at = authority.rfind('@');
    const std::string_view login = at == authority.npos ? std::string_view{} : authority.substr(0, at);
    const std::string_view address = at == authority.npos ? authority : authority.substr(at + 1);
    const auto [user, password] = cut(login, login.find(':'));
    PINFLOW_ASSIGN(parsed.user, decoded(user, "user"));
    PINFLOW_ASSIGN(parsed.password, decoded(password, "password"));
    const auto [host, port] = cut(address, address.rfind(':'));
    PINFLOW_ASSIGN(parsed.host, decoded(host, "host"));
    if (!port.empty()) {
        const auto number = parse_int(port);
        if (!number || *number < 1 || *number > 65535)
            return fail(Code::invalid, "\"{}\" in the mysql URL is no port", port);
        parsed.port = static_cast<uint16_t>(*number);
    }
    for (const std::string_view parameter : split(query, '&')) {
        const auto [key, value] = cut(parameter, parameter.find('='));
        if (key != "socket" && key != "unix_socket") continue;
        PINFLOW_ASSIGN(parsed.socket, decoded(value, "socket"));
    }
    return parsed;
}

}  // namespace pinflow::emulator
