#include "kinesis/document.h"

#include <gtest/gtest.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "kinesis/answer.h"

namespace pinflow::kinesis {
namespace {

std::string bytes_of(std::string_view hex) {
    std::string bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(hex_digit(hex[i]) << 4 | hex_digit(hex[i + 1]));
    return bytes;
}

// The tree as text: kinds are told apart.
std::string shown(const Item& item) {
    switch (item.kind()) {
        case Item::Kind::null:
            return "null";
        case Item::Kind::boolean:
            return item.boolean() ? "true" : "false";
        case Item::Kind::integer:
            return fmt::format("{}", item.integer());
        case Item::Kind::real:
            return fmt::format("~{}", item.real());
        case Item::Kind::text:
            return json_string(item.text());
        case Item::Kind::blob:
            return fmt::format("h'{}'", hex_encode(as_bytes(item.text())));
        case Item::Kind::timestamp:
            return fmt::format("@{}", item.integer());
        default:
            break;
    }
    const bool object = item.kind() == Item::Kind::object;
    std::string text(1, object ? '{' : '[');
    size_t count = 0;
    for (auto child = item.first(); child; child = child->next_before(item), ++count)
        text += (count == 0 ? "" : ",") + (object ? std::string(child->name()) + ":" : "") + shown(*child);
    EXPECT_EQ(count, item.count());
    return text + (object ? '}' : ']');
}

std::string read(Format format, std::string_view body) {
    static Document document;
    const auto result = document.read(format, body);
    return result ? shown(document.root()) : result.error().type + ": " + result.error().message;
}

TEST(Document, ReadsJson) {
    EXPECT_EQ(read(Format::json, R"( {"a":[1,-2.5,true,null,{"b":"x\"\u00e4\\"}],"c":{},"a":"last"} )"),
              R"({a:[1,~-2.5,true,null,{b:"x\"ä\\"}],c:{},a:"last"})");
    EXPECT_EQ(read(Format::json, R"({"n":9223372036854775808})"), "{n:~9.223372036854776e+18}");
    for (const char* bad : {"", "{", "{\"a\":}", "{} x", "nothing", "{\"a\":\"\xff\"}"})
        EXPECT_TRUE(read(Format::json, bad).starts_with("SerializationException: not JSON: ")) << bad;
    EXPECT_EQ(read(Format::json, "[]"), "SerializationException: the request is not an object");
}

TEST(Document, TheLastOfRepeatedMembersCountsAndNullIsNone) {
    Document document;
    ASSERT_TRUE(document.read(Format::json, R"({"a":1,"a":2,"b":1,"b":null})"));
    EXPECT_EQ(document.root().member("a")->integer(), 2);
    EXPECT_FALSE(document.root().member("b"));
    EXPECT_FALSE(document.root().member("c"));
}

// Values of RFC 8949, appendix A, under one key "k" (0x61 0x6b) of a map.
TEST(Document, ReadsCbor) {
    const std::pair<const char*, const char*> rows[] = {
        {"00", "0"},
        {"1818", "24"},
        {"1903e8", "1000"},
        {"1b000000e8d4a51000", "1000000000000"},
        {"20", "-1"},
        {"3903e7", "-1000"},
        {"3b7fffffffffffffff", "-9223372036854775808"},
        {"f93e00", "~1.5"},
        {"f90001", "~5.960464477539063e-08"},
        {"f9c400", "~-4"},
        {"fa47c35000", "~100000"},
        {"fbc010666666666666", "~-4.1"},
        {"f4", "false"},
        {"f5", "true"},
        {"f6", "null"},
        {"f7", "null"},
        {"4401020304", "h'01020304'"},
        {"40", "h''"},
        {"62c3bc", "\"ü\""},
        {"83010203", "[1,2,3]"},
        {"80", "[]"},
        {"a0", "{}"},
        {"5f42010243030405ff", "h'0102030405'"},
        {"7f657374726561646d696e67ff", "\"streaming\""},
        {"9f018202039f0405ffff", "[1,[2,3],[4,5]]"},
        {"bf6161019fff", ""},
        {"bf61610161629f0203ffff", "{a:1,b:[2,3]}"},
        {"c11b0000014b37d4b3c1", "@1422570861505"},
        {"d9d9f7c11a514b67b0", "@1363896240"},
        {"c1f90000", "~0"},
        {"c074323031332d30332d32315432303a30343a30305a", "\"2013-03-21T20:04:00Z\""},
    };
    for (const auto& [hex, text] : rows) {
        const std::string result = read(Format::cbor, bytes_of(std::string("a1616b") + hex));
        if (*text != '\0')
            EXPECT_EQ(result, fmt::format("{{k:{}}}", text)) << hex;
        else
            EXPECT_TRUE(result.starts_with("SerializationException: not CBOR: ")) << hex << ' ' << result;
    }
    EXPECT_EQ(read(Format::cbor, bytes_of("d9d9f7bf616b01ff")), "{k:1}");
}

TEST(Document, RefusesWhatIsNoCbor) {
    for (const char* hex : {"",
                            "a1",
                            "a1616b",
                            "a1616b1c",
                            "a1616b5f",
                            "a1616b5f6161ff",
                            "a1616b5f5f4101ffff",
                            "a10102",
                            "a1616b61ff",
                            "a1616b5a7fffffff01",
                            "a1616b9b7fffffffffffffff00",
                            "a1616bff",
                            "a1616be0",
                            "a1616b1bffffffffffffffff",
                            "a1616b3bffffffffffffffff",
                            "a000",
                            "ff",
                            "1f",
                            "a1616bf800",
                            "bf616b01",
                            "a1616bdf00"})
        EXPECT_TRUE(read(Format::cbor, bytes_of(hex)).starts_with("SerializationException: not CBOR: ")) << hex;
    EXPECT_EQ(read(Format::cbor, bytes_of("80")), "SerializationException: the request is not an object");
}

TEST(Document, IsBounded) {
    std::string deep_json = "{\"a\":", deep_cbor = bytes_of("a16161"), tags = bytes_of("a16161");
    for (int i = 0; i < 20; ++i) deep_json += '[', deep_cbor += '\x81', tags += '\xc1';
    EXPECT_EQ(read(Format::json, deep_json + "1"), "SerializationException: values are nested too deep");
    EXPECT_EQ(read(Format::cbor, deep_cbor + '\x01'), "SerializationException: not CBOR: values are nested too deep");
    EXPECT_EQ(read(Format::cbor, tags + '\x01'), "SerializationException: not CBOR: values are nested too deep");
    std::string many_json = "{\"a\":[0", many_cbor = bytes_of("a161619f");
    for (int i = 0; i < 20'000; ++i) many_json += ",0", many_cbor += '\0';
    EXPECT_EQ(read(Format::json, many_json + "]}"), "SerializationException: the request holds too many values");
    EXPECT_EQ(read(Format::cbor, many_cbor + '\xff'),
              "SerializationException: not CBOR: the request holds too many values");
}

TEST(Answer, SaysTheSameInBothFormats) {
    const auto written = [](Format format) {
        Answer answer(format);
        answer.begin_object().key("text").text("ü\"").key("list").begin_list();
        for (const int64_t number : {0, 23, 24, 255, 256, 65535, 65536, -1, -256}) answer.integer(number);
        answer.integer(INT64_MAX).integer(INT64_MIN).end_list();
        answer.key("yes").boolean(true).key("blob").blob(as_bytes("\x01\x02")).key("at").time(1422000305089);
        answer.key("none").begin_object().end_object().end_object();
        EXPECT_FALSE(answer.empty());
        return std::move(answer).take();
    };
    constexpr std::string_view numbers =
        "[0,23,24,255,256,65535,65536,-1,-256,9223372036854775807,-9223372036854775808]";
    EXPECT_EQ(
        written(Format::json),
        fmt::format(R"({{"text":"ü\"","list":{},"yes":true,"blob":"AQI=","at":1422000305.089,"none":{{}}}})", numbers));
    EXPECT_EQ(read(Format::cbor, written(Format::cbor)),
              fmt::format(R"({{text:"ü\"",list:{},yes:true,blob:h'0102',at:@1422000305089,none:{{}}}})", numbers));
    EXPECT_EQ(read(Format::cbor, body_of({"A", "b"}, Format::cbor)), R"({__type:"A",message:"b"})");
}

TEST(Answer, TimesBefore1970) {
    const auto shown_time = [](int64_t ms) {
        Answer answer(Format::json);
        answer.time(ms);
        return std::move(answer).take();
    };
    EXPECT_EQ(shown_time(0), "0.000");
    EXPECT_EQ(shown_time(-1), "-0.001");
    EXPECT_EQ(shown_time(-1500), "-1.500");
}

}  // namespace
}  // namespace pinflow::kinesis
