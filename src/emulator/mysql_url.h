// mysql://user:password@host[:port]/database[?socket=/path], also mysql+pymysql:// and mariadb://, as in people's
// scripts.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace pinflow::emulator {

struct MysqlUrl {
    std::string user, password, host, database, socket;
    uint16_t port = 3306;
};

Result<MysqlUrl> parse_mysql_url(std::string_view url);

}  // namespace pinflow::emulator
