#include "base/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/cpu.h"
#include "base/json_scan.h"
#include "base/json_writer.h"

namespace pinflow {
namespace {

using testing::HasSubstr;

std::string compact_with(JsonReader::Scan scan, std::string_view text) {
    JsonReader reader(scan);
    std::string_view value;
    if (!reader.start(text) || !reader.value(value) || !reader.finish()) return "error: " + reader.error().message;
    return std::string(value);
}

// Both ways of searching strings, over every case of this file.
std::string compact(std::string_view text) {
    // In a buffer of exactly its size, so that a read behind its end is seen by the sanitizer.
    const std::vector<char> exact(text.begin(), text.end());
    const std::string_view view(exact.data(), exact.size());
    std::string best = compact_with(JsonReader::Scan::best, view);
    EXPECT_EQ(best, compact_with(JsonReader::Scan::portable, view));
    return best;
}

TEST(JsonText, WritesCompactly) {
    const std::pair<const char*, const char*> rows[] = {
        {"{}", "{}"},
        {" [ ] ", "[]"},
        {"\t{ \"a\" : [ 1 , -2.50e+10 , true , false , null ] ,\r\n \"b\" : { \"c\" : \"\" } } ",
         R"({"a":[1,-2.50e+10,true,false,null],"b":{"c":""}})"},
        {"123456789012345678901234567890.10", "123456789012345678901234567890.10"},
        {"1e400", "1e400"},
        {"-0", "-0"},
        {"0.0", "0.0"},
        {R"("a\/b\u00e9\u2026\ud83d\ude00")", "\"a/b\xc3\xa9\xe2\x80\xa6\xf0\x9f\x98\x80\""},
        {R"("\"\\\b\f\n\r\t")", R"("\"\\\b\f\n\r\t")"},
        {R"("\u0022\u005c\u0008\u000a\u0000\u001F\u001f")", R"("\"\\\b\n\u0000\u001F\u001F")"},
        {R"("\u007f\u0041")",
         "\"\x7f"
         "A\""},
    };
    for (const auto& [in, out] : rows) EXPECT_EQ(compact(in), out) << in;
}

TEST(JsonText, LastOfRepeatedKeysWinsAtTheFirstPlace) {
    EXPECT_EQ(compact(R"({"a":1,"b":2,"a":[3]})"), R"({"a":[3],"b":2})");
    EXPECT_EQ(compact(R"({"a":1,"\u0061":2})"), R"({"a":2})");
    EXPECT_EQ(compact(R"({"x":{"a":1,"a":{"b":1,"b":2}},"x":0,"y":{"q":1,"q":2}})"), R"({"x":0,"y":{"q":2}})");
    EXPECT_EQ(compact(R"([{"":1,"":2},{"":3}])"), R"([{"":2},{"":3}])");
    EXPECT_EQ(compact(R"({"abcdefgh":1,"abcdefghi":2,"abcdefgh":3,"abcdefghijklmnopqrstuvwxyz":4})"),
              R"({"abcdefgh":3,"abcdefghi":2,"abcdefghijklmnopqrstuvwxyz":4})");
}

TEST(JsonText, RepeatedKeysAmongManyMembers) {
    std::string in = "{", out = "{";
    for (int i = 0; i < 1000; ++i) {
        in += fmt::format("\"key {}\" : {} , ", i, i);
        out += fmt::format("{}\"key {}\":{}", i ? "," : "", i, i == 999 || i == 3 ? i + 5000 : i);
    }
    in += "\"key 999\":5999,\"key 3\":1,\"key 3\":5003}";
    EXPECT_EQ(compact(in), out + "}");
}

TEST(JsonText, RefusesWhatIsNotJson) {
    const std::pair<std::string, const char*> rows[] = {
        {"", "the text ends at byte 0"},
        {"  ", "the text ends at byte 2"},
        {"{\"a\":1", "the text ends at byte 6: expected ',' or '}'"},
        {"[1,]", "at byte 3 (']'): expected a value"},
        {"{\"a\":1,}", "at byte 7 ('}'): expected a key in quotes"},
        {"{\"a\" 1}", "at byte 5 ('1'): expected ':'"},
        {"{a:1}", "at byte 1 ('a')"},
        {"01", "at byte 1 ('1'): expected nothing more"},
        {"[01.e]", "at byte 2 ('1')"},
        {"1.", "the text ends at byte 2: a number needs a digit after its point"},
        {"1e+", "digit in its exponent"},
        {"-", "a number needs a digit"},
        {"+1", "at byte 0 ('+')"},
        {"nul", "expected a value"},
        {"NaN", "at byte 0 ('N')"},
        {"\"abc", "the text ends at byte 4: a string is not closed"},
        {"\"a\tb\"", "at byte 2 (0x09): a control character"},
        {std::string("\"a\0b\"", 5), "at byte 2 (0x00)"},
        {std::string("1\0", 2), "at byte 1 (0x00)"},
        {R"("\q")", "at byte 1 ('\\'): an unknown escape"},
        {R"("\)", "unknown escape"},
        {R"("\u12g4")", "four hexadecimal digits"},
        {R"("\u12)", "four hexadecimal digits"},
        {R"("\ud800")", "half of a surrogate pair"},
        {R"("\ud800\ud800")", "half of a surrogate pair"},
        {R"("\ude00")", "half of a surrogate pair"},
        {"\"ab\xff\"", "at byte 3 (0xff): text that is not UTF-8"},
        {"\"\xe2\x80\"", "at byte 1 (0xe2): text that is not UTF-8"},
        {"\"\xc0\xaf\"", "not UTF-8"},
        {"\"\xed\xa0\x80\"", "not UTF-8"},
        {"{} {}", "at byte 3 ('{'): expected nothing more"},
        {"/* */ 1", "expected a value"},
    };
    for (const auto& [in, message] : rows)
        EXPECT_THAT(compact(in), testing::AllOf(HasSubstr("error: "), HasSubstr(message))) << in;
}

TEST(JsonText, NestingIsLimited) {
    const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    EXPECT_EQ(compact(nested(512)), nested(512));
    EXPECT_THAT(compact(nested(513)), HasSubstr("at byte 512 ('['): nested deeper than 512 levels"));
    EXPECT_THAT(compact(std::string(1'000'000, '[')), HasSubstr("512 levels"));
    std::string objects;
    for (int i = 0; i < 600; ++i) objects += "{\"a\":";
    EXPECT_THAT(compact(objects), HasSubstr("512 levels"));
}

TEST(JsonText, SpecialCharactersAtEveryPlaceOfABlock) {
    for (size_t length = 0; length < 100; ++length)
        for (const auto& [escape, plain] :
             {std::pair{"\\n", "\\n"}, {"\\u00e9", "\xc3\xa9"}, {"\xe2\x80\xa6", "\xe2\x80\xa6"}}) {
            const std::string head = "\"" + std::string(length, 'x'), tail(100 - length, 'y');
            EXPECT_EQ(compact(head + escape + tail + "\""), head + plain + tail + "\"");
            EXPECT_EQ(compact(head + escape + "\""), head + plain + "\"");
            EXPECT_THAT(compact(head + "\x1f" + tail + "\""), HasSubstr(fmt::format("at byte {} (0x1f)", length + 1)));
        }
}

// Each scan finds every special character at every place, and no other: also what has its high bit set.
template <class Scan>
void check_scan() {
    std::array<char, Scan::block_size> from{}, to{};
    for (ptrdiff_t at = 0; at < Scan::block_size; ++at)
        for (int c = 0; c < 256; ++c) {
            from.fill('x');
            from[static_cast<size_t>(at)] = static_cast<char>(c);
            const bool special = c < 0x20 || c == '"' || c == '\\';
            ASSERT_EQ(Scan::copy(from.data(), to.data()), special ? at : Scan::block_size) << at << ' ' << c;
            ASSERT_EQ(from, to);
        }
}

TEST(JsonScan, PortableFindsWhatIsSpecial) {
    check_scan<PortableScan>();
}

#if defined(__x86_64__)
TEST(JsonScan, Avx2FindsWhatIsSpecial) {
    ASSERT_TRUE(has_avx2()) << "this machine cannot test the code that users run";
    check_scan<Avx2Scan>();
}
#endif

TEST(JsonText, KeysRepeatedWithAndWithoutEscapesAtTheEndOfTheText) {
    // The hash of a key is taken from the input or from the output: both must agree.
    for (size_t length = 1; length < 70; ++length) {
        const std::string key(length, 'k');
        const std::string escaped = "\\u006b" + key.substr(1);
        EXPECT_EQ(compact(fmt::format(R"({{"{0}":1,"{1}":2}})", key, escaped)), fmt::format(R"({{"{}":2}})", key));
        EXPECT_EQ(compact(fmt::format(R"({{"{1}":1,"{0}":2}})", key, escaped)), fmt::format(R"({{"{}":2}})", key));
        EXPECT_EQ(compact(fmt::format(R"({{"{0}/":1,"{0}\/":2}})", key)), fmt::format(R"({{"{}/":2}})", key));
    }
}

TEST(JsonText, ReaderWalksAnEnvelope) {
    JsonReader reader;
    ASSERT_TRUE(reader.start(R"( { "records" : [ { "value" : { "a" : 1 } } , { "value":"x" } ] , "rest": [1, 2] } )"));
    std::string_view key, value;
    std::vector<std::string> seen;
    ASSERT_TRUE(reader.enter_object());
    ASSERT_EQ(reader.next_key(key), JsonReader::Step::item);
    EXPECT_EQ(key, "records");
    ASSERT_TRUE(reader.enter_array());
    while (reader.next_element() == JsonReader::Step::item) {
        ASSERT_TRUE(reader.enter_object());
        while (reader.next_key(key) == JsonReader::Step::item) {
            ASSERT_TRUE(reader.value(value));
            seen.emplace_back(value);
        }
    }
    ASSERT_EQ(reader.next_key(key), JsonReader::Step::item);
    EXPECT_EQ(key, "rest");
    ASSERT_TRUE(reader.skip());
    EXPECT_EQ(reader.next_key(key), JsonReader::Step::end);
    EXPECT_TRUE(reader.finish());
    EXPECT_THAT(seen, testing::ElementsAre(R"({"a":1})", R"("x")"));
}

TEST(JsonText, ReaderStaysWrongUntilItStartsOver) {
    JsonReader reader;
    std::string_view value;
    ASSERT_TRUE(reader.start("[1 2]"));
    ASSERT_TRUE(reader.enter_array());
    EXPECT_EQ(reader.next_element(), JsonReader::Step::item);
    EXPECT_TRUE(reader.value(value));
    EXPECT_EQ(reader.next_element(), JsonReader::Step::failed);
    EXPECT_FALSE(reader.value(value));
    EXPECT_FALSE(reader.finish());
    EXPECT_EQ(reader.error().message, "at byte 3 ('2'): expected ',' or ']'");
    EXPECT_FALSE(reader.start("\xff"));
    EXPECT_FALSE(reader.skip());
    ASSERT_TRUE(reader.start("3"));
    EXPECT_FALSE(reader.enter_object());
    EXPECT_THAT(reader.error().message, HasSubstr("expected an object"));
    ASSERT_TRUE(reader.start("[1]"));
    ASSERT_TRUE(reader.enter_array());
    EXPECT_EQ(reader.next_element(), JsonReader::Step::item);
    EXPECT_TRUE(reader.skip());
    EXPECT_EQ(reader.next_element(), JsonReader::Step::end);
    EXPECT_TRUE(reader.finish());
}

TEST(JsonText, StringText) {
    for (std::string text : {std::string("plain"), std::string(""), std::string("\"\\\b\f\n\r\t/\x01\x1f\xc3\xa9"),
                             std::string("\0", 1)}) {
        EXPECT_EQ(json_string_text(compact(json_string(text))), text);
    }
}

}  // namespace
}  // namespace pinflow
