#include "rest/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinflow::rest {
namespace {

std::string shown(std::string_view body, Format format = Format::json) {
    Envelope envelope;
    const auto records = envelope.parse(body, format);
    if (!records) return fmt::format("{} {} {}", records.error().status, records.error().code, records.error().message);
    std::string out;
    const auto text = [](const std::optional<Bytes>& bytes) { return bytes ? as_text(*bytes) : "-"; };
    for (const auto& record : *records)
        out += fmt::format("[{} {} {}]", text(record.key), text(record.value), record.partition);
    return out;
}

TEST(Envelope, ReadsRecords) {
    const std::pair<const char*, const char*> rows[] = {
        {R"({"records":[{"value":{"a": 1}}]})", R"([- {"a":1} -1])"},
        {R"({ "records" : [ {"key" : "k", "value" : [1, {"b" : null}], "partition" : 2}, {} ] })",
         R"(["k" [1,{"b":null}] 2][- - -1])"},
        {R"({"records":[{"key":null,"value":null,"partition":null}]})", "[- - -1]"},
        {R"({"records":[{"value":"x"}],"key_schema":null,"value_schema_id":7})", R"([- "x" -1])"},
        {R"({"records":[{"value":1}],"records":[{"value":2,"value":3}]})", "[- 3 -1]"},
    };
    for (const auto& [body, records] : rows) EXPECT_EQ(shown(body), records) << body;
}

TEST(Envelope, DecodesBinary) {
    EXPECT_EQ(shown(R"({"records":[{"key":"a2V5","value":"Zm9v"},{"value":""},{"value":"\/\/8="}]})", Format::binary),
              "[key foo -1][-  -1][- \xff\xff -1]");
    // Padding may be left out, as the service's decoder allows.
    EXPECT_EQ(shown(R"({"records":[{"value":"Zm8"},{"value":"Zg"}]})", Format::binary), "[- fo -1][- f -1]");
    const std::pair<const char*, const char*> rows[] = {
        {R"({"records":[{"value":"Z"}]})", R"(400 400 Bad Request: data="Z" is not a valid base64 string.)"},
        {R"({"records":[{"value":"Zm9v!"}]})", R"(400 400 Bad Request: data="Zm9v!" is not a valid base64 string.)"},
        {R"({"records":[{"value":"_w=="}]})", R"(400 400 Bad Request: data="_w==" is not a valid base64 string.)"},
        {R"({"records":[{"key":{}}]})", "400 400 Bad Request: data={} is not a base64 string."},
        {R"({"records":[{"value":17}]})", "400 400 Bad Request: data=17 is not a base64 string."}};
    for (const auto& [body, error] : rows) EXPECT_EQ(shown(body, Format::binary), error) << body;
    const std::string long_value = R"({"records":[{"value":")" + std::string(198, '!') + "\xc3\xa9\"}]}";
    EXPECT_EQ(shown(long_value, Format::binary),
              "400 400 Bad Request: data=\"" + std::string(198, '!') + " is not a valid base64 string.");
}

TEST(Envelope, Refuses) {
    const std::pair<const char*, const char*> rows[] = {
        {"", "422 422 Request body is empty. Data is required."},
        {" \n", "422 422 Request body is empty. Data is required."},
        {"{}", "422 422 records may not be empty"},
        {R"({"records":[]})", "422 422 records may not be empty"},
        {R"({"records":null})", "422 422 records may not be empty"},
        {R"({"recs":[]})", "422 422 Unrecognized field: recs"},
        {R"({"records":[{"val":1}]})", "422 422 Unrecognized field: val"},
        {R"({"records":[{"value":1,"partition":-1}]})",
         "422 422 records[0].partition must be an integer from 0 on (was -1)"},
        {R"({"records":[{"value":1,"partition":"x"}]})",
         "422 422 records[0].partition must be an integer from 0 on (was \"x\")"},
    };
    for (const auto& [body, error] : rows) EXPECT_EQ(shown(body), error) << body;
    for (const char* body :
         {"[]", "nonsense", R"({"records":[1]})", R"({"records":{}})", R"({"records":[{"value":1}])",
          R"({"records":[{"value":01}]})", "{\"records\":[{\"value\":\"\xff\"}]}", R"({"records":[{}]} x)"})
        EXPECT_THAT(shown(body), testing::StartsWith("400 400 The request body is not the JSON of a produce request: "))
            << body;
}

TEST(Envelope, IsReusable) {
    Envelope envelope;
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(envelope.parse(R"({"records":[{"value":1},{"value":2}]})", Format::json));
        ASSERT_FALSE(envelope.parse("{", Format::json));
        const auto records = envelope.parse(R"({"records":[{"value":3}]})", Format::json);
        ASSERT_TRUE(records);
        ASSERT_EQ(records->size(), 1u);
        EXPECT_EQ(as_text(*records->front().value), "3");
    }
}

}  // namespace
}  // namespace pinflow::rest
