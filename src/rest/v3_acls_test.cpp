// Access control lists through API v3, and who may have them.
#include "base/faulty_disk.h"
#include "rest/v3_world.h"

namespace pinflow::rest {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* reading =
    R"({"resource_type":"TOPIC","resource_name":"a b","pattern_type":"PREFIXED","principal":"User:alice","host":"*",)"
    R"("operation":"READ","permission":"ALLOW"})";
const std::string of_reading =
    "http://h:1/v3/clusters/C/acls?resource_type=TOPIC&resource_name=a%20b&pattern_type=PREFIXED"
    "&principal=User%3Aalice&host=*&operation=READ&permission=ALLOW";
const std::string told_reading = R"({"kind":"KafkaAcl","metadata":{"self":")" + of_reading + R"("},"cluster_id":"C",)" +
                                 std::string(reading).substr(1);

class V3AclsTest : public V3World {
  protected:
    void open(auth::AclOptions options) { acls_ = auth::Acls::open(disk_, "/acls.json", std::move(options)).value(); }
    std::string ask(const std::string& method, const std::string& path, const std::string& body = "") {
        return shown(method, "/v3/clusters/C" + path, body);
    }

    FaultyDisk disk_{3};
};

TEST_F(V3AclsTest, WithoutAnAuthorizerThereAreNone) {
    const std::string none = R"(400 {"error_code":40002,"message":"No Authorizer is configured on the broker."})";
    EXPECT_EQ(get("/acls"), none);
    EXPECT_EQ(shown("POST", "/v3/clusters/C/acls", reading), none);
    EXPECT_EQ(shown("DELETE", "/v3/clusters/C/acls"), none);
}

TEST_F(V3AclsTest, WhoAsksIsAnonymousAndMayDoWhatEntriesSay) {
    open({.super_users = {"User:admin"}});
    const std::string refused = R"(403 {"error_code":40301,"message":"Cluster authorization failed."})";
    EXPECT_EQ(ask("GET", "/acls"), refused);
    EXPECT_EQ(ask("POST", "/acls", reading), refused);
    ASSERT_TRUE(acls_->add({{.type = auth::ResourceType::cluster,
                             .name = std::string(auth::cluster_name),
                             .principal = "User:ANONYMOUS",
                             .host = "127.0.0.1",
                             .operation = auth::Operation::describe}}));
    EXPECT_THAT(ask("GET", "/acls"), StartsWith(R"(200 {"kind":"KafkaAclList")"));
    EXPECT_EQ(ask("DELETE", "/acls"), refused);
    EXPECT_EQ(ask("POST", "/acls:batch", R"({"data":[]})"), refused);
    EXPECT_EQ(acls_->size(), 1u);
}

TEST_F(V3AclsTest, MadeToldAndDeleted) {
    open({.super_users = {"User:ANONYMOUS"}});
    const auto made = send("POST", "/v3/clusters/C/acls", reading);
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.body, "");
    EXPECT_EQ(header_of(made, "Location"), of_reading);
    EXPECT_EQ(ask("POST", "/acls:batch",
                  R"({"data":[{"resource_type":"cluster","resource_name":"kafka-cluster","pattern_type":"literal",)"
                  R"("principal":"User:*","host":"10.0.0.1","operation":"create_tokens","permission":"deny"}]})"),
              "201 ");
    EXPECT_EQ(acls_->size(), 2u);
    EXPECT_EQ(
        ask("GET", "/acls?resource_type=topic&principal=User:alice"),
        R"(200 {"kind":"KafkaAclList","metadata":{"self":"http://h:1/v3/clusters/C/acls?resource_type=TOPIC)"
        R"(&resource_name=&pattern_type=ANY&principal=User%3Aalice&host=&operation=ANY&permission=ANY","next":null},)"
        R"("data":[)" +
            told_reading + "]}");
    EXPECT_THAT(ask("GET", "/acls?pattern_type=MATCH&resource_name=a%20bc"), HasSubstr(told_reading));
    EXPECT_THAT(ask("GET", "/acls?operation=write"), HasSubstr(R"("data":[])"));
    EXPECT_EQ(ask("DELETE", "/acls?operation=READ"), R"(200 {"data":[)" + told_reading + "]}");
    EXPECT_THAT(ask("GET", "/acls"), HasSubstr(R"("operation":"CREATE_TOKENS","permission":"DENY")"));
    EXPECT_EQ(acls_->size(), 1u);
}

TEST_F(V3AclsTest, WhatCannotBeIsRefused) {
    open({.super_users = {"User:ANONYMOUS"}});
    EXPECT_EQ(ask("GET", "/acls?operation=fly"), R"(404 {"error_code":404,"message":"HTTP 404 Not Found"})");
    EXPECT_THAT(ask("DELETE", "/acls?permission=unknown"), StartsWith(R"(400 {"error_code":400,)"));
    const auto with = [](std::string_view from, std::string_view to) {
        std::string body = reading;
        return body.replace(body.find(from), from.size(), to);
    };
    EXPECT_THAT(ask("POST", "/acls", ""), StartsWith(R"(422 {"error_code":42206,)"));
    EXPECT_THAT(ask("POST", "/acls", "{"), StartsWith(R"(400 {"error_code":400,)"));
    EXPECT_THAT(ask("POST", "/acls", with("\"TOPIC\"", "\"ANY\"")), HasSubstr("resource_type cannot be ANY"));
    EXPECT_THAT(ask("POST", "/acls", with("PREFIXED", "match")), HasSubstr("pattern_type cannot be match"));
    EXPECT_THAT(ask("POST", "/acls", with(R"("host":"*",)", "")), HasSubstr("host is required"));
    EXPECT_THAT(ask("POST", "/acls", with("\"host\"", "\"hosts\"")), StartsWith(R"(422 {"error_code":422,)"));
    EXPECT_THAT(ask("POST", "/acls", with("User:alice", "alice")), StartsWith(R"(400 {"error_code":40002,)"));
    const std::string two = R"({"data":[)" + std::string(reading) + "," + with("User:alice", "alice") + "]}";
    EXPECT_THAT(ask("POST", "/acls:batch", two), StartsWith(R"(400 {"error_code":40002,)"));
    EXPECT_EQ(acls_->size(), 0u) << "all or none";
}

}  // namespace
}  // namespace pinflow::rest
