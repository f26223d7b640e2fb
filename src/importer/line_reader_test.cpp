#include "importer/line_reader.h"

#include <gmock/gmock.h>

#include "importer/test_store.h"
#include "net/test_gzip.h"

namespace pinflow::importer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// The object's lines; an error comes last, as "error: …".
std::vector<std::string> lines_of(const std::string& contents, bool is_gzip = false) {
    const TestStore store;
    const auto opened = store.open();
    LineReader reader(*opened, store.put("x", contents), is_gzip);
    std::vector<std::string> lines;
    for (;;) {
        const auto line = reader.next();
        if (!line) lines.push_back("error: " + line.error().message);
        if (!line || !*line) return lines;
        lines.emplace_back(**line);
    }
}

TEST(LineReader, EndsAreTakenOff) {
    EXPECT_THAT(lines_of("a\r\n\nb\n"), ElementsAre("a", "", "b"));
    EXPECT_THAT(lines_of("a\nb"), ElementsAre("a", "b")) << "the last line needs no end";
    EXPECT_THAT(lines_of(""), ElementsAre());
}

TEST(LineReader, LinesGoAcrossPieces) {
    std::string contents;
    std::vector<std::string> expected;
    while (contents.size() < 3 * LineReader::piece_bytes) {
        expected.emplace_back(1'000 + expected.size() % 7, static_cast<char>('a' + expected.size() % 26));
        contents += expected.back() + "\n";
    }
    EXPECT_EQ(lines_of(contents), expected);
    EXPECT_EQ(lines_of(net::gzip(contents), true), expected);
}

TEST(LineReader, GzipMayHaveSeveralMembers) {
    EXPECT_THAT(lines_of(net::gzip("a\nb") + net::gzip("c\n"), true), ElementsAre("a", "bc"));
    EXPECT_THAT(lines_of("", true), ElementsAre());
}

TEST(LineReader, WhatIsDamagedIsSaid) {
    const std::string packed = net::gzip("a\nb\n");
    EXPECT_THAT(lines_of(packed.substr(0, packed.size() - 4), true).back(), HasSubstr("x ends in the middle of gzip"));
    EXPECT_THAT(lines_of("not gzip", true), ElementsAre(HasSubstr("error: x is no gzip")));
    EXPECT_THAT(lines_of(std::string(LineReader::longest_line_bytes + 2 * LineReader::piece_bytes, 'a')),
                ElementsAre(HasSubstr("error: x has a line of more than")));
}

TEST(LineReader, AnObjectThatChangesIsNoObject) {
    const TestStore store;
    const auto opened = store.open();
    LineReader reader(*opened, store.put("x", "a\n" + std::string(2 * LineReader::piece_bytes, 'b')), false);
    EXPECT_EQ(reader.next().value(), "a");
    store.put("x", std::string(3 * LineReader::piece_bytes, 'c'));
    EXPECT_THAT(reader.next().error().message, HasSubstr("x was written anew"));
}

}  // namespace
}  // namespace pinflow::importer
