#include "rest/v3.h"

#include "rest/v3_world.h"

namespace pinflow::rest {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class V3Test : public V3World {};

const std::string root = "http://h:1/v3/clusters/C";
constexpr const char* no_topic =
    R"(404 {"error_code":40403,"message":"This server does not host this topic-partition."})";
constexpr const char* no_such_path = R"(404 {"error_code":404,"message":"HTTP 404 Not Found"})";

TEST_F(V3Test, TheClusterAndItsBroker) {
    const std::string cluster =
        R"({"kind":"KafkaCluster","metadata":{"self":"http://h:1/v3/clusters/C","resource_name":"crn:///kafka=C"},"cluster_id":"C","controller":{"related":"http://h:1/v3/clusters/C/brokers/1"},"acls":{"related":"http://h:1/v3/clusters/C/acls"},"brokers":{"related":"http://h:1/v3/clusters/C/brokers"},"broker_configs":{"related":"http://h:1/v3/clusters/C/broker-configs"},"consumer_groups":{"related":"http://h:1/v3/clusters/C/consumer-groups"},"topics":{"related":"http://h:1/v3/clusters/C/topics"},"partition_reassignments":{"related":"http://h:1/v3/clusters/C/topics/-/partitions/-/reassignment"}})";
    EXPECT_EQ(shown("GET", "/v3/clusters"),
              R"(200 {"kind":"KafkaClusterList","metadata":{"self":"http://h:1/v3/clusters","next":null},"data":[)" +
                  cluster + "]}");
    EXPECT_EQ(get(""), "200 " + cluster);
    EXPECT_EQ(shown("GET", "/v3/clusters/D"), R"(404 {"error_code":404,"message":"Cluster D cannot be found."})");
    EXPECT_THAT(get("/brokers/1"), HasSubstr(R"("broker_id":1,"host":"h","port":9092,)"));
    EXPECT_THAT(get("/brokers"), HasSubstr(R"("resource_name":"crn:///kafka=C/broker=1")"));
    EXPECT_EQ(get("/brokers/2"), no_such_path);
    EXPECT_EQ(get("/nothing"), no_such_path);
    EXPECT_EQ(shown("GET", "/v3"), no_such_path);
    EXPECT_EQ(shown("PUT", "/v3/clusters/C"), R"(405 {"error_code":405,"message":"HTTP 405 Method Not Allowed"})");
    EXPECT_EQ(send("GET", "/v3/clusters", "", {{"accept", "text/html"}}).status, 406);
    EXPECT_THAT(get("/topics/-/partitions/-/reassignment"), HasSubstr(R"("data":[])"));
}

TEST_F(V3Test, LinksLeadBackTheWayTheRequestCame) {
    const auto staged = send("GET", "/test/v3/clusters/C", "", {{"Host", "h:1"}});
    EXPECT_EQ(staged.status, 404);  // the gateway takes the stage off the segments
    FakeExchange exchange("GET", "/test/v3/clusters/C", "",
                          {{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "api.example.org"}});
    v3_.handle(exchange, std::array<std::string_view, 3>{"v3", "clusters", "C"});
    EXPECT_THAT(exchange.wait().body, HasSubstr(R"("self":"https://api.example.org/test/v3/clusters/C")"));
}

TEST_F(V3Test, TopicsComeAndGo) {
    const auto made =
        send("POST", "/v3/clusters/C/topics",
             R"({"topic_name":"t","partitions_count":2,"configs":[{"name":"retention.ms","value":"5"}]})");
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(header_of(made, "Location"), root + "/topics/t");
    EXPECT_THAT(made.body,
                HasSubstr(R"("topic_name":"t","is_internal":false,"replication_factor":0,"partitions_count":0,)"));
    EXPECT_EQ(
        get("/topics/t"),
        R"(200 {"kind":"KafkaTopic","metadata":{"self":"http://h:1/v3/clusters/C/topics/t","resource_name":"crn:///kafka=C/topic=t"},"cluster_id":"C","topic_name":"t","is_internal":false,"replication_factor":1,"partitions_count":2,"partitions":{"related":"http://h:1/v3/clusters/C/topics/t/partitions"},"configs":{"related":"http://h:1/v3/clusters/C/topics/t/configs"},"partition_reassignments":{"related":"http://h:1/v3/clusters/C/topics/t/partitions/-/reassignment"},"authorized_operations":[]})");
    EXPECT_THAT(
        get("/topics"),
        AllOf(StartsWith(
                  R"(200 {"kind":"KafkaTopicList","metadata":{"self":"http://h:1/v3/clusters/C/topics","next":null})"),
              HasSubstr(R"("topic_name":"t")")));
    EXPECT_EQ(shown("POST", "/v3/clusters/C/topics", R"({"topic_name":"t"})"),
              R"(400 {"error_code":40002,"message":"Topic 't' already exists."})");
    EXPECT_THAT(shown("PATCH", "/v3/clusters/C/topics/t", R"({"partitions_count":3})"),
                HasSubstr(R"("partitions_count":3)"));
    EXPECT_EQ(shown("PATCH", "/v3/clusters/C/topics/t", R"({"partitions_count":3})"),
              R"(400 {"error_code":40002,"message":"Topic already has 3 partitions."})");
    EXPECT_THAT(shown("PATCH", "/v3/clusters/C/topics/t", R"({"partitions_count":1})"),
                StartsWith(R"(400 {"error_code":40002)"));
    EXPECT_EQ(shown("DELETE", "/v3/clusters/C/topics/t"), "204 ");
    EXPECT_EQ(shown("DELETE", "/v3/clusters/C/topics/t"), no_topic);
    EXPECT_EQ(get("/topics/t"), no_topic);
}

TEST_F(V3Test, TopicsThatCannotBe) {
    for (const auto& [body, said] : std::initializer_list<std::pair<const char*, const char*>>{
             {"", R"(422 {"error_code":42206,"message":"Payload error. Request body is empty. Data is required."})"},
             {"{}", "422 {\"error_code\":42206"},
             {R"({"topic_name":"a b"})", R"(422 {"error_code":42206,"message":"Payload error. Invalid topic name."})"},
             {R"({"topic_name":"n","replication_factor":3})",
              R"(400 {"error_code":40002,"message":"Replication factor: 3 larger than available brokers: 1."})"},
             {R"({"topic_name":"n","configs":[{"name":"x","value":"1"}]})", "Unknown topic config name: x"},
             {R"({"topic_name":"n","configs":[{"name":"retention.ms","value":"x"}]})", R"(400 {"error_code":40002)"},
             {R"({"topic_name":"n","partitions_count":0})", R"(400 {"error_code":400)"},
             {R"({"topic_name":"n","replicas_assignments":[]})", "replicas_assignments"},
             {R"({"topic_name":"n","colour":1})", R"(422 {"error_code":422,"message":"Unrecognized field: colour"})"},
             {"{", R"(400 {"error_code":400)"}})
        EXPECT_THAT(shown("POST", "/v3/clusters/C/topics", body), HasSubstr(said)) << body;
    EXPECT_EQ(send("POST", "/v3/clusters/C/topics", R"({"topic_name":"n","validate_only":true})").status, 200);
    EXPECT_FALSE(world_.topics().find("n"));
    EXPECT_EQ(send("POST", "/v3/clusters/C/topics", "{}", {{"content-type", "text/plain"}}).status, 415);
}

TEST_F(V3Test, SettingsOfTopics) {
    ASSERT_TRUE(world_.topics().create("t", 1, {{"retention.ms", "7"}}));
    const std::string configs = "/v3/clusters/C/topics/t/configs";
    EXPECT_EQ(
        get("/topics/t/configs/retention.ms"),
        R"(200 {"kind":"KafkaTopicConfig","metadata":{"self":"http://h:1/v3/clusters/C/topics/t/configs/retention.ms","resource_name":"crn:///kafka=C/topic=t/config=retention.ms"},"cluster_id":"C","topic_name":"t","name":"retention.ms","value":"7","is_default":false,"is_read_only":false,"is_sensitive":false,"source":"DYNAMIC_TOPIC_CONFIG","synonyms":[]})");
    EXPECT_THAT(get("/topics/t/configs"), HasSubstr(R"("name":"secret","value":null,"is_default":true,)"));
    EXPECT_THAT(get("/topics/-/configs"), HasSubstr(R"("self":"http://h:1/v3/clusters/C/topics/-/configs")"));
    EXPECT_EQ(get("/topics/t/configs/none"), no_such_path);
    EXPECT_EQ(get("/topics/u/configs"), no_topic);
    EXPECT_EQ(shown("PUT", configs + "/retention.ms", R"({"value":"8"})"), "204 ");
    EXPECT_EQ(world_.topics().find("t")->config.at("retention.ms"), "8");
    EXPECT_THAT(shown("PUT", configs + "/retention.ms", R"({"value":"x"})"), StartsWith(R"(400 {"error_code":40002)"));
    EXPECT_THAT(shown("PUT", configs + "/none", R"({"value":"x"})"), StartsWith(R"(404 {"error_code":404)"));
    EXPECT_EQ(
        shown("POST", configs + ":alter",
              R"({"data":[{"name":"retention.ms","operation":"DELETE"},{"name":"cleanup.policy","value":"compact"}]})"),
        "204 ");
    EXPECT_EQ(world_.topics().find("t")->config, (std::map<std::string, std::string>{{"cleanup.policy", "compact"}}));
    EXPECT_THAT(shown("POST", configs + ":alter", R"({"data":[{"name":"cleanup.policy","operation":"APPEND"}]})"),
                StartsWith("400 "));
    EXPECT_EQ(
        shown("POST", configs + ":alter", R"({"data":[{"name":"retention.ms","value":"9"}],"validate_only":true})"),
        "204 ");
    EXPECT_FALSE(world_.topics().find("t")->config.contains("retention.ms"));
    EXPECT_EQ(shown("DELETE", configs + "/cleanup.policy"), "204 ");
    EXPECT_TRUE(world_.topics().find("t")->config.empty());
}

TEST_F(V3Test, SettingsOfTheBroker) {
    EXPECT_THAT(get("/brokers/1/configs"), AllOf(HasSubstr("KafkaBrokerConfigList"), HasSubstr(R"("name":"node.id")")));
    EXPECT_THAT(get("/brokers/-/configs"), HasSubstr(R"("self":"http://h:1/v3/clusters/C/brokers/-/configs")"));
    EXPECT_THAT(get("/brokers/1/configs/node.id"),
                HasSubstr(R"("synonyms":[{"name":"node.id","value":"1","source":"STATIC_BROKER_CONFIG"}])"));
    EXPECT_THAT(get("/broker-configs"), AllOf(HasSubstr("log.retention.ms"), testing::Not(HasSubstr("node.id"))));
    EXPECT_THAT(get("/broker-configs/log.retention.ms"), HasSubstr(R"("config_type":"BROKER")"));
    EXPECT_EQ(get("/broker-configs/node.id"), no_such_path);
    EXPECT_THAT(shown("PUT", "/v3/clusters/C/brokers/1/configs/node.id", R"({"value":"2"})"), StartsWith("501 "));
}

TEST_F(V3Test, Partitions) {
    ASSERT_TRUE(world_.topics().create("t", 2));
    EXPECT_EQ(
        get("/topics/t/partitions/1"),
        R"(200 {"kind":"KafkaPartition","metadata":{"self":"http://h:1/v3/clusters/C/topics/t/partitions/1","resource_name":"crn:///kafka=C/topic=t/partition=1"},"cluster_id":"C","topic_name":"t","partition_id":1,"leader":{"related":"http://h:1/v3/clusters/C/topics/t/partitions/1/replicas/1"},"replicas":{"related":"http://h:1/v3/clusters/C/topics/t/partitions/1/replicas"},"reassignment":{"related":"http://h:1/v3/clusters/C/topics/t/partitions/1/reassignment"}})");
    EXPECT_THAT(get("/topics/t/partitions"), HasSubstr("KafkaPartitionList"));
    EXPECT_THAT(get("/topics/t/partitions/0/offset"), HasSubstr(R"("earliest_offset":0,"latest_offset":0)"));
    EXPECT_THAT(get("/topics/t/partitions/0/replicas/1"),
                HasSubstr(R"("broker_id":1,"is_leader":true,"is_in_sync":true,"broker":{"related":)"));
    EXPECT_THAT(get("/topics/t/partitions/0/replicas"), HasSubstr("KafkaReplicaList"));
    EXPECT_THAT(get("/brokers/1/partition-replicas"), HasSubstr(R"("partition_id":1)"));
    EXPECT_EQ(get("/topics/t/partitions/0/replicas/2"), no_such_path);
    EXPECT_EQ(get("/topics/t/partitions/0/reassignment"), no_such_path);
    for (const char* path :
         {"/topics/t/partitions/2", "/topics/t/partitions/x", "/topics/u/partitions", "/topics/u/partitions/0/offset"})
        EXPECT_EQ(get(path), no_topic) << path;
}

TEST_F(V3Test, GroupsAndLags) {
    ASSERT_TRUE(world_.topics().create("t", 2));
    send("POST", "/v3/clusters/C/topics/t/records", R"({"partition_id":0}{"partition_id":0}{"partition_id":1})");
    std::promise<void> committed;
    broker::CommitRequest commit;
    commit.offsets = {{{"t", 0}, 1, -1, ""}, {{"t", 1}, 1, -1, ""}, {{"gone", 0}, 5, -1, ""}};
    groups_->commit("g", std::move(commit), [&](const broker::CommitAnswer&) { committed.set_value(); });
    committed.get_future().wait();
    EXPECT_THAT(get("/consumer-groups"), HasSubstr(R"("consumer_group_id":"g","is_simple":true,)"));
    EXPECT_THAT(get("/consumer-groups/g"),
                HasSubstr(R"("state":"EMPTY","type":"CLASSIC","is_mixed_consumer_group":false,"coordinator":)"));
    EXPECT_THAT(get("/consumer-groups/g/consumers"), HasSubstr(R"("data":[])"));
    EXPECT_EQ(get("/consumer-groups/g/consumers/x"), no_such_path);
    EXPECT_EQ(get("/consumer-groups/g/consumers/x/assignments"), no_such_path);
    EXPECT_THAT(
        get("/consumer-groups/g/lags/t/partitions/0"),
        HasSubstr(
            R"("topic_name":"t","partition_id":0,"consumer_id":"","instance_id":null,"client_id":"","current_offset":1,"log_end_offset":2,"lag":1})"));
    EXPECT_THAT(get("/consumer-groups/g/lags"), HasSubstr("/lags/t/partitions/1"));
    EXPECT_THAT(get("/consumer-groups/g/lag-summary"),
                HasSubstr(R"("max_lag_topic_name":"t","max_lag_partition_id":0,"max_lag":1,"total_lag":1,)"));
    EXPECT_EQ(get("/consumer-groups/g/lags/t/partitions/7"), no_such_path);
    EXPECT_EQ(get("/consumer-groups/none"), R"(404 {"error_code":40405,"message":"Consumer group id not found."})");
}

TEST_F(V3Test, RecordsInABodyThatIsWhole) {
    const auto response = send("POST", "/v3/clusters/C/topics/t/records",
                               R"({"value":{"type":"JSON","data":1}} {"value":{"type":"JSON","data":[2]}})");
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.body,
                AllOf(HasSubstr(R"("offset":0)"), HasSubstr(R"("offset":1)"), testing::EndsWith("}\r\n")));
    EXPECT_THAT(world_.values("t"), testing::ElementsAre("1", "[2]"));
    EXPECT_EQ(shown("POST", "/v3/clusters/C/topics/t/records"),
              R"(422 {"error_code":422,"message":"Payload error. Request body is empty. Data is required."})");
    std::string many;
    for (int i = 0; i < 65'537; ++i) many += "{}";
    EXPECT_THAT(shown("POST", "/v3/clusters/C/topics/t/records", many), StartsWith(R"(413 {"error_code":413)"));
    EXPECT_EQ(shown("GET", "/v3/clusters/C/topics/t/records"),
              R"(405 {"error_code":405,"message":"HTTP 405 Method Not Allowed"})");
}

TEST_F(V3Test, ABatchTellsEachById) {
    const std::string path = "/v3/clusters/C/topics/t/records:batch";
    const auto told = shown(
        "POST", path,
        R"({"entries":[{"id":"a","value":{"type":"JSON","data":1},"timestamp":0},{"id":"b","value":{"type":"BINARY","data":1}},{"id":"c","partition_id":9}]})");
    EXPECT_EQ(
        told,
        R"(207 {"successes":[{"id":"a","cluster_id":"C","topic_name":"t","partition_id":0,"offset":0,"timestamp":"1970-01-01T00:00:00Z","value":{"type":"JSON","size":1}}],"failures":[{"id":"b","error_code":400,"message":"Bad Request: data=1 is not a base64 string."},{"id":"c","error_code":40402,"message":"Partition not found."}]})");
    std::string many;
    for (int i = 0; i < 11; ++i) many += fmt::format(R"({}{{"id":"{}"}})", i ? "," : "", i);
    EXPECT_EQ(shown("POST", path, R"({"entries":[)" + many + "]}"),
              R"(422 {"error_code":42208,"message":"Too many entries in batch."})");
    EXPECT_EQ(shown("POST", "/v3/clusters/C/topics/new/records:batch", "{}"),
              R"(422 {"error_code":42208,"message":"Empty batch."})");
    EXPECT_FALSE(world_.topics().find("new"));
    EXPECT_THAT(shown("POST", "/v3/clusters/D/topics/t/records:batch", "{}"), StartsWith("404 "));
}

}  // namespace
}  // namespace pinflow::rest
