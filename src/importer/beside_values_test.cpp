#include "importer/beside_values.h"

#include <gmock/gmock.h>

#include "importer/object_name.h"
#include "importer/object_source.h"
#include "importer/test_store.h"
#include "net/test_gzip.h"

namespace pinflow::importer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// "key=value name:value…" of all that is left; an error comes last.
std::vector<std::string> records_of(const TestStore& store, const std::optional<Cursor>& from = std::nullopt) {
    const auto source = ObjectSource::open(store.open(), "the store").value();
    std::vector<std::string> all;
    if (from && !source->resume(0, *from)) return {"error: no such place"};
    for (Row row;;) {
        const auto got = source->next(row);
        if (!got) all.push_back("error: " + got.error().message);
        if (!got || *got == Got::end) return all;
        std::string text = fmt::format("{}={}", row.key.value_or("null"), row.value.value_or("null"));
        for (const Header& header : row.headers)
            text += fmt::format(" {}:{}", header.name, header.value.value_or("null"));
        all.push_back(std::move(text));
    }
}

TEST(BesideValues, NamesTellWhatTheyBelongTo) {
    const BesideName keys = parse_beside_name("topics/t.headers.x/t+0+1.keys.json.gz");
    EXPECT_TRUE(keys.is_keys);
    EXPECT_EQ(keys.values, "topics/t.headers.x/t+0+1.json.gz");
    const BesideName headers = parse_beside_name("topics/t.keys.x/t+0+1.headers.json");
    EXPECT_FALSE(headers.is_keys);
    EXPECT_EQ(headers.values, "topics/t.keys.x/t+0+1.json");
}

TEST(BesideValues, KeysAndHeadersComeWithTheirValues) {
    const TestStore store;
    store.put("t/t+0+0.json.gz", net::gzip("1\n2\n3\n"));
    store.put("t/t+0+0.keys.json.gz", net::gzip("\"a\\u00e9 \\\"b\\\"\"\nnull\n{\"id\":7}\n"));
    store.put("t/t+0+0.headers.json.gz", net::gzip(R"({"headers":[{"key":"h","value":"v"},{"key":"n","value":null}]})"
                                                   "\n{\"headers\":[]}\n"
                                                   R"({"headers":[{"key":"x","value":5}]})"
                                                   "\n"));
    store.put("t/t+0+3.json", "4\n");  // no keys were stored any more
    EXPECT_THAT(records_of(store), ElementsAre("aé \"b\"=1 h:v n:null", "null=2", "{\"id\":7}=3 x:5", "null=4"));
    const auto source = ObjectSource::open(store.open(), "the store").value();
    Row row;
    ASSERT_TRUE(source->next(row));
    EXPECT_THAT(records_of(store, source->cursor(0)), ElementsAre("null=2", "{\"id\":7}=3 x:5", "null=4"));
}

TEST(BesideValues, WhatDoesNotFitIsSaid) {
    const auto told = [](const std::string& keys, const std::string& headers) {
        const TestStore store;
        store.put("t/t+0+0.json", "1\n2\n");
        if (!keys.empty()) store.put("t/t+0+0.keys.json", keys);
        if (!headers.empty()) store.put("t/t+0+0.headers.json", headers);
        return records_of(store).back();
    };
    EXPECT_THAT(told("\"a\"\n", ""), HasSubstr("t/t+0+0.keys.json has 1 lines, and its values have more"));
    EXPECT_THAT(told("1\n2\n3\n", ""), HasSubstr("t/t+0+0.keys.json has more lines than its 2 values"));
    EXPECT_THAT(told("\"a\n\"b\"\n", ""), HasSubstr("t/t+0+0.keys.json, line 1: it is no key"));
    EXPECT_THAT(told("", "{\"headers\":[]}\n[]\n"), HasSubstr("t/t+0+0.headers.json, line 2: it is no {\"headers\""));
}

}  // namespace
}  // namespace pinflow::importer
