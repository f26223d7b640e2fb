#include "openapi/document.h"

#include <gtest/gtest.h>

#include "openapi/test_files.h"

namespace pinflow::openapi {
namespace {

std::string read(std::string_view text) {
    const auto document = read_document(text);
    return document ? document->compact() : "! " + document.error().message;
}

TEST(Document, YamlAsJson) {
    EXPECT_EQ(
        read("a: 1\nb: [x, 'yes', yes, \"1\", 1.50, -2, 1e3, ~, null, true, 0x1f, 007, .5]\nc: {d: , 200: e}\n"),
        R"({"a":1,"b":["x","yes","yes","1",1.50,-2,1e3,null,null,true,"0x1f","007",".5"],"c":{"d":null,"200":"e"}})");
    EXPECT_EQ(read("a: &x {b: 1}\nc: *x\nd: |\n  l1\n  l2\ne: >-\n  f\n  g\n"),
              R"({"a":{"b":1},"c":{"b":1},"d":"l1\nl2\n","e":"f g"})");
    EXPECT_EQ(read("\xef\xbb\xbf{\"a\": \"\\u00e4\"}"), R"({"a":"ä"})");
}

TEST(Document, WhatIsNoneIsToldWithItsLine) {
    EXPECT_TRUE(read("a: 1\nb: [1\n").starts_with("! not YAML: line 3")) << read("a: 1\nb: [1\n");
    EXPECT_TRUE(read("{\"a\": }").starts_with("! not JSON"));
    EXPECT_EQ(read("a: 1\na: 2\n"), "! not YAML: line 2: a stands there twice");
    EXPECT_EQ(read("a: *b\n"), "! not YAML: line 1: an alias of something that was not there before");
    EXPECT_EQ(read("a: &a [*a]\n"), "! not YAML: line 1: an alias of something that was not there before");
    EXPECT_TRUE(read("a: 1\n---\nb: 2\n").contains("there is one document"));
    EXPECT_TRUE(read("a: {<<: *x}").contains("merging"));
    EXPECT_TRUE(read("? [1]\n: 2\n").contains("is no text"));
    EXPECT_EQ(read("- a\n"), "! the definition is not an object");
    EXPECT_TRUE(read("").starts_with("! "));
    EXPECT_TRUE(read("a: \xff").contains("not UTF-8"));
}

TEST(Document, IsBounded) {
    EXPECT_TRUE(read(std::string(most_document_bytes + 1, ' ')).contains("6000000 are taken"));
    EXPECT_TRUE(read("a: " + std::string(200, '[') + std::string(200, ']')).contains("deeper than 100"));
    EXPECT_TRUE(read("{\"a\":" + std::string(200, '[') + std::string(200, ']') + "}").contains("deeper than 100"));
    std::string laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n";
    for (char c = 'b'; c < 'k'; ++c) {
        const std::string before = "*" + std::string(1, static_cast<char>(c - 1));
        laughs += fmt::format("{}: &{} [{},{},{},{},{},{},{},{},{}]\n", c, c, before, before, before, before, before,
                              before, before, before, before);
    }
    EXPECT_TRUE(read(laughs).contains("more than 200000 values"));
}

TEST(Document, YamlThatIsWrittenReadsBack) {
    for (const char* name : {"kinesis_proxy_oas30.json", "rest_proxy_swagger.json", "mixed.yaml"}) {
        const Json document = read_document(test_file(name)).value();
        EXPECT_EQ(read_document(write_yaml(document)).value(), document) << write_yaml(document);
    }
    const auto odd =
        parse_json_tree(
            R"({"yes":"no","1":"1","null":"","a b":"x: y # z","t":"\ttab\n","n":"a \nb\r\n","q":"'\"","u":"ü\u0001","#":"- a","e":{},"l":[],"b":true,"z":null,"f":1e400,"<<":"=","m":"l1\nl2"})",
            {})
            .value();
    EXPECT_EQ(read_document(write_yaml(odd)).value(), odd) << write_yaml(odd);
}

}  // namespace
}  // namespace pinflow::openapi
