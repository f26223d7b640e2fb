// Against a real MariaDB server (Debian: mariadb-server-core,
// mariadb-client-core), started on a free port and a socket in a temporary
// folder.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "emulator/source.h"

namespace pinflow::emulator {
namespace {

constexpr const char* tables = R"sql(
SET NAMES utf8mb4;
CREATE DATABASE pins CHARACTER SET utf8mb4;
USE pins;
CREATE TABLE pinterest_data (`index` bigint, unique_id text, title text, description text, poster_name text,
  follower_count text, tag_list text, is_image_or_video text, image_src text, downloaded int, save_location text, category text);
CREATE TABLE geolocation_data (ind bigint, timestamp datetime, latitude float, longitude float, country text);
CREATE TABLE user_data (ind bigint, first_name text, last_name text, age int, date_joined datetime);
INSERT INTO pinterest_data VALUES (0, 'u0', 'A "t" …', 'line\none 😍', NULL, '124k', 'a,b', 'image', '', 1, 'Local save in /data/art', 'art');
INSERT INTO geolocation_data VALUES (0, '2020-08-28 03:52:47', -89.9787, 5, 'Cote d''Ivoire'), (1, NULL, 1.5, -173.293, 'Albania');
INSERT INTO user_data VALUES (0, 'José', 'Ali', 20, '2015-10-24 11:23:51');
GRANT ALL ON pins.* TO 'pin user'@'%' IDENTIFIED BY 'p@ss:word';
)sql";

uint16_t free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(probe, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(probe);
    return ntohs(address.sin_port);
}

class MysqlSourceTest : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (!std::filesystem::exists("/usr/sbin/mariadbd") || !std::filesystem::exists("/usr/bin/my_print_defaults"))
            return;
        folder = std::filesystem::temp_directory_path() / fmt::format("pinflow-mariadb-{}", ::getpid());
        std::filesystem::create_directories(folder);
        port = free_port();
        const std::string user = ::getuid() == 0 ? "--user=root" : "--skip-name-resolve";
        const std::string data = fmt::format("--datadir={}", (folder / "data").string());
        if (std::system(fmt::format("mariadb-install-db --no-defaults {} {} "
                                    "--auth-root-authentication-method=normal "
                                    "--skip-test-db >{} 2>&1",
                                    user, data, (folder / "install.log").string())
                            .c_str()) != 0)
            return;
        std::ofstream(folder / "init.sql") << one_statement_a_line();
        server = ::fork();
        if (server == 0) {
            std::freopen((folder / "server.log").c_str(), "w", stderr);
            ::execl("/usr/sbin/mariadbd", "mariadbd", "--no-defaults", user.c_str(), data.c_str(),
                    fmt::format("--socket={}", (folder / "s").string()).c_str(), fmt::format("--port={}", port).c_str(),
                    "--bind-address=127.0.0.1", "--innodb-buffer-pool-size=8M", "--innodb-log-file-size=4M",
                    fmt::format("--init-file={}", (folder / "init.sql").string()).c_str(), nullptr);
            ::_exit(127);
        }
        for (int i = 0; i < 300 && !open_mysql(url()); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    static void TearDownTestSuite() {
        if (server > 0) {
            ::kill(server, SIGKILL);
            ::waitpid(server, nullptr, 0);
        }
        if (!folder.empty()) std::filesystem::remove_all(folder);
    }
    void SetUp() override {
        if (server <= 0)
            GTEST_SKIP() << "NOT TESTED: no MariaDB server; install the packages "
                            "mariadb-server-core and mariadb-client-core";
    }
    // An init file has one statement on each line.
    static std::string one_statement_a_line() {
        std::string text;
        for (const char* c = tables; *c != 0; ++c) {
            if (*c != '\n') text += *c;
            if (*c == '\n' && (text.ends_with(';') || text.empty())) text += '\n';
        }
        return text;
    }
    static std::string url() { return fmt::format("mysql://pin user:p%40ss%3Aword@127.0.0.1:{}/pins", port); }

    static inline std::filesystem::path folder;
    static inline uint16_t port = 0;
    static inline pid_t server = -1;
};

TEST_F(MysqlSourceTest, ReadsRowsAsThePythonScriptsWriteThem) {
    const auto source = open_source(url());
    ASSERT_TRUE(source) << source.error().message;
    EXPECT_EQ((*source)->row_count(Kind::geo).value(), 2);
    EXPECT_EQ((*source)->rows(Kind::pin, 0, 1).value().at(0),
              "{\"index\": 0, \"unique_id\": \"u0\", \"title\": \"A \\\"t\\\" "
              "\\u2026\", \"description\": \"line\\none "
              "\\ud83d\\ude0d\", \"poster_name\": null, \"follower_count\": "
              "\"124k\", \"tag_list\": \"a,b\", "
              "\"is_image_or_video\": \"image\", \"image_src\": \"\", "
              "\"downloaded\": 1, \"save_location\": \"Local save in "
              "/data/art\", \"category\": \"art\"}");
    EXPECT_EQ((*source)->rows(Kind::geo, 0, 10).value(),
              (std::vector<std::string>{"{\"ind\": 0, \"timestamp\": \"2020-08-28 03:52:47\", "
                                        "\"latitude\": -89.9787, "
                                        "\"longitude\": 5.0, \"country\": \"Cote d'Ivoire\"}",
                                        "{\"ind\": 1, \"timestamp\": null, \"latitude\": 1.5, "
                                        "\"longitude\": -173.293, "
                                        "\"country\": \"Albania\"}"}));
    EXPECT_EQ((*source)->rows(Kind::geo, 1, 1).value().size(), 1U);  // LIMIT n, 1
    EXPECT_TRUE((*source)->rows(Kind::user, 5, 1).value().empty());
}

TEST_F(MysqlSourceTest, ConnectsThroughASocketAndSaysWhatIsWrong) {
    const std::string socket = (folder / "s").string();
    EXPECT_TRUE(
        open_source(fmt::format("mysql://pin user:p%40ss%3Aword@localhost/pins?socket={}", socket)).has_value());
    const auto denied = open_source(fmt::format("mysql://pin user:wrong@127.0.0.1:{}/pins", port));
    ASSERT_FALSE(denied);
    EXPECT_NE(denied.error().message.find("Access denied"), std::string::npos) << denied.error().message;
    EXPECT_FALSE(open_source("mysql://a:b@127.0.0.1:1/pins").has_value());
}

}  // namespace
}  // namespace pinflow::emulator
