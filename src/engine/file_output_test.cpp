#include "engine/file_output.h"

#include <gmock/gmock.h>

#include <random>

namespace pinflow::engine {
namespace {

namespace fs = std::filesystem;

class FileOutputTest : public testing::TestWithParam<fs::path> {
  protected:
    FileOutputTest() : folder_(GetParam() / fmt::format("pinflow-file-output-{}", getpid())) {
        fs::create_directories(folder_);
    }
    ~FileOutputTest() override { fs::remove_all(folder_); }

    // What the file holds after pieces of these sizes were appended one by one, against what it should hold.
    void expect_written(const std::vector<size_t>& sizes) {
        std::string expected;
        output_.begin(folder_ / "f");
        for (const size_t size : sizes) {
            std::string piece(size, '\0');
            for (char& byte : piece) byte = static_cast<char>(random_());
            const std::array<Bytes, 2> halves{as_bytes(std::string_view(piece).substr(0, size / 3)),
                                              as_bytes(std::string_view(piece).substr(size / 3))};
            ASSERT_TRUE(output_.append(halves));
            expected += piece;
            ASSERT_EQ(output_.size_bytes(), expected.size());
        }
        ASSERT_TRUE(output_.finish());
        EXPECT_TRUE(read_file(posix_disk(), folder_ / "f").value() == expected) << testing::PrintToString(sizes);
    }

    fs::path folder_;
    FileOutput output_;
    std::minstd_rand random_{1};
};

TEST_P(FileOutputTest, WhatIsAppendedIsInTheFile) {
    constexpr size_t large = 4 << 20;
    expect_written({3});
    expect_written({100, large, 7});
    expect_written({large});
    expect_written({large + 1, 1, 4095, 1 << 20, 12345});
    expect_written({3 * large - 1, 1});
    expect_written({17});  // small again, over what was large
}

TEST_P(FileOutputTest, NothingAppendedIsNoFile) {
    output_.begin(folder_ / "f");
    ASSERT_TRUE(output_.finish());
    EXPECT_FALSE(fs::exists(folder_ / "f"));
}

TEST_P(FileOutputTest, SaysWhatCannotBeWritten) {
    output_.begin(folder_ / "missing" / "f");
    const Bytes piece = as_bytes("abc");
    const auto failed = output_.append({&piece, 1});
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message, testing::HasSubstr("missing/f"));
}

// /dev/shm is memory: there is nothing to go around there.
INSTANTIATE_TEST_SUITE_P(Disks, FileOutputTest, testing::Values(fs::temp_directory_path(), fs::path("/dev/shm")),
                         [](const auto& info) { return info.index == 0 ? "Temporary" : "Memory"; });

}  // namespace
}  // namespace pinflow::engine
