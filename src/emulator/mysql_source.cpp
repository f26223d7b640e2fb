#include <mysql.h>

#include "base/release.h"
#include "emulator/mysql_url.h"
#include "emulator/python_json.h"
#include "emulator/source.h"

namespace pinflow::emulator {
namespace {

using Connection = std::unique_ptr<MYSQL, Release<mysql_close>>;
using MysqlRows = std::unique_ptr<MYSQL_RES, Release<mysql_free_result>>;

std::string_view table_of(Kind kind) {
    return std::array<std::string_view, 3>{"pinterest_data", "geolocation_data",
                                           "user_data"}[static_cast<size_t>(kind)];
}

bool is_number(enum_field_types type) {
    switch (type) {
        case MYSQL_TYPE_TINY:
        case MYSQL_TYPE_SHORT:
        case MYSQL_TYPE_INT24:
        case MYSQL_TYPE_LONG:
        case MYSQL_TYPE_LONGLONG:
        case MYSQL_TYPE_YEAR:
        case MYSQL_TYPE_DECIMAL:
        case MYSQL_TYPE_NEWDECIMAL:
        case MYSQL_TYPE_FLOAT:
        case MYSQL_TYPE_DOUBLE:
            return true;
        default:
            return false;
    }
}

// MySQL's number text as JSON and Python write it: no zero fill, and a FLOAT keeps a fraction (5 is 5.0).
void append_number(std::string& out, std::string_view text, enum_field_types type) {
    if (text.starts_with('-')) {
        out += '-';
        text.remove_prefix(1);
    }
    while (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') text.remove_prefix(1);
    out += text;
    const bool real = type == MYSQL_TYPE_FLOAT || type == MYSQL_TYPE_DOUBLE;
    if (real && text.find_first_of(".eE") == text.npos) out += ".0";
}

// Datetimes come from the server as "2020-08-28 03:52:47", what strftime("%Y-%m-%d %H:%M:%S") makes of them.
std::string json_row(MYSQL_RES* answer, MYSQL_ROW values) {
    const unsigned count = mysql_num_fields(answer);
    const MYSQL_FIELD* fields = mysql_fetch_fields(answer);
    const unsigned long* lengths = mysql_fetch_lengths(answer);
    std::string row = "{";
    for (unsigned i = 0; i < count; ++i) {
        if (i > 0) row += ", ";
        append_python_string(row, {fields[i].name, fields[i].name_length});
        row += ": ";
        if (values[i] == nullptr) {
            row += "null";
        } else if (is_number(fields[i].type)) {
            append_number(row, {values[i], lengths[i]}, fields[i].type);
        } else {
            append_python_string(row, {values[i], lengths[i]});
        }
    }
    return row + "}";
}

class MysqlSource final : public Source {
  public:
    MysqlSource(Connection connection, std::string database)
        : connection_(std::move(connection)), database_(std::move(database)) {}

    Result<int64_t> row_count(Kind kind) override {
        PINFLOW_ASSIGN(const MysqlRows answer, query(fmt::format("SELECT COUNT(*) FROM {}", table_of(kind))));
        const MYSQL_ROW row = mysql_fetch_row(answer.get());
        return row == nullptr ? 0 : std::stoll(row[0]);
    }

    Result<std::vector<std::string>> rows(Kind kind, int64_t from, int64_t count) override {
        PINFLOW_ASSIGN(const MysqlRows answer,
                       query(fmt::format("SELECT * FROM {} LIMIT {}, {}", table_of(kind), from, count)));
        std::vector<std::string> rows;
        while (const MYSQL_ROW row = mysql_fetch_row(answer.get())) rows.push_back(json_row(answer.get(), row));
        return rows;
    }

  private:
    Result<MysqlRows> query(const std::string& sql) {
        if (mysql_real_query(connection_.get(), sql.data(), sql.size()) == 0) {
            if (MysqlRows answer{mysql_store_result(connection_.get())}) return answer;
        }
        return fail(Code::io, "database {}: {} (in: {})", database_, mysql_error(connection_.get()), sql);
    }

    Connection connection_;
    std::string database_;
};

}  // namespace

Result<std::unique_ptr<Source>> open_mysql(const std::string& url) {
    PINFLOW_ASSIGN(const MysqlUrl to, parse_mysql_url(url));
    Connection connection{mysql_init(nullptr)};
    const unsigned seconds = 10;
    const my_bool reconnect = 1;  // a paced emulation may outlast the server's wait_timeout
    mysql_options(connection.get(), MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_options(connection.get(), MYSQL_OPT_RECONNECT, &reconnect);
    mysql_options(connection.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
    const char* socket = to.socket.empty() ? nullptr : to.socket.c_str();
    // By name "localhost" the library would look for a socket nobody asked for.
    const char* host = socket != nullptr ? "localhost" : to.host == "localhost" ? "127.0.0.1" : to.host.c_str();
    if (mysql_real_connect(connection.get(), host, to.user.c_str(), to.password.c_str(), to.database.c_str(), to.port,
                           socket, 0) == nullptr) {
        return fail(Code::unavailable, "database {} at {}: {}", to.database,
                    socket != nullptr ? to.socket : fmt::format("{}:{}", to.host, to.port),
                    mysql_error(connection.get()));
    }
    return std::make_unique<MysqlSource>(std::move(connection), to.database);
}

}  // namespace pinflow::emulator
