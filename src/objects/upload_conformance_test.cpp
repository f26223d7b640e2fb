// What every store promises of objects that are written piece by piece.
#include "objects/test_store.h"

namespace pinflow::objects {
namespace {

class StoreUpload : public Store {
  protected:
    size_t part() const { return world_->part_bytes; }
    std::unique_ptr<Upload> begin(const std::string& key, Write mode = Write::replace) {
        auto upload = store().upload(key, mode);
        EXPECT_TRUE(upload) << upload.error().message;
        return std::move(*upload);
    }
    static void write(Upload& upload, std::string_view contents, size_t piece) {
        while (!contents.empty()) {
            const auto written = upload.write(as_bytes(contents.substr(0, piece)));
            ASSERT_TRUE(written) << written.error().message;
            contents.remove_prefix(std::min(piece, contents.size()));
        }
    }
};

TEST_P(StoreUpload, AppearsWholeWhenItIsFinished) {
    const std::string contents = bytes(2 * part() + 514'241, 5);
    const auto upload = begin("big/x");
    write(*upload, contents, part() / 5 - 1);
    EXPECT_EQ(code_of_get("big/x"), absent);
    EXPECT_EQ(names({}), std::vector<std::string>());
    const auto info = upload->finish();
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->size, contents.size());
    EXPECT_TRUE(get("big/x") == contents);
    const auto head = store().head("big/x");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->etag, info->etag);
    EXPECT_FALSE(upload->finish());
}

TEST_P(StoreUpload, MayBeShortOrEmptyOrOnePartToTheByte) {
    for (const size_t size : {size_t{0}, size_t{5}, part(), part() + 1, 2 * part()}) {
        const std::string contents = bytes(size, size);
        const auto upload = begin("x");
        write(*upload, contents, part() / 2 + 1);
        const auto info = upload->finish();
        ASSERT_TRUE(info) << size << ": " << info.error().message;
        EXPECT_TRUE(get("x") == contents) << size;
    }
}

TEST_P(StoreUpload, LeavesNothingWhenItIsAborted) {
    put("x", "before");
    {
        const auto upload = begin("x");
        write(*upload, bytes(part() + 1000, 1), part());
        const auto aborted = upload->abort();
        EXPECT_TRUE(aborted) << aborted.error().message;
        EXPECT_FALSE(upload->finish());
        const auto forgotten = begin("y");
        write(*forgotten, bytes(part() + 1000, 2), part());
    }
    EXPECT_EQ(get("x"), "before");
    EXPECT_EQ(names({}), std::vector<std::string>{"x"});
}

TEST_P(StoreUpload, IfAbsentLeavesWhatIsThere) {
    for (const size_t size : {size_t{10}, part() + 1000}) {
        const std::string key = fmt::format("x{}", size);
        const auto first = begin(key, Write::if_absent), second = begin(key, Write::if_absent);
        write(*first, bytes(size, 1), part());
        write(*second, bytes(size, 2), part());
        const auto done = first->finish();
        ASSERT_TRUE(done) << done.error().message;
        const auto refused = second->finish();
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, taken) << refused.error().message;
        EXPECT_TRUE(get(key) == bytes(size, 1));
    }
}

std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

INSTANTIATE_TEST_SUITE_P(Over, StoreUpload, testing::ValuesIn(all_worlds(environment)), world_name);

}  // namespace
}  // namespace pinflow::objects
