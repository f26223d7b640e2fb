// Deletion vectors in all their places, by the examples of the Delta protocol, and broken ones.
#include "delta/deleted_rows.h"

#include <gmock/gmock.h>
#include <roaring/roaring.h>
#include <zlib.h>

#include "base/uuid.h"

namespace pinflow::delta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The rows of the protocol's example of an inline vector, in the format that its text describes. (The example itself is
// in another one, which Spark does not read either.)
constexpr const char* example = "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L";
constexpr const char* in_another_format = "wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L";
const std::vector<int64_t> example_rows = {3, 4, 7, 11, 18, 29};

std::vector<int64_t> rows_of(const DeletedRows& rows, int64_t below = 100) {
    std::vector<int64_t> all(static_cast<size_t>(below));
    for (int64_t i = 0; i < below; ++i) all[static_cast<size_t>(i)] = i;
    const std::unique_ptr<bool[]> kept(std::make_unique<bool[]>(all.size()));
    rows.mark(all, kept.get());
    std::vector<int64_t> deleted;
    for (int64_t i = 0; i < below; ++i) {
        if (!kept[static_cast<size_t>(i)]) deleted.push_back(i);
    }
    return deleted;
}

// The bitmap of these rows, as the protocol has it.
std::string bitmap_of(const std::map<uint32_t, std::vector<uint32_t>>& buckets, bool runs = false) {
    std::string bytes("\xd1\xd3\x39\x64", 4);
    const auto put = [&](auto number) { bytes.append(reinterpret_cast<const char*>(&number), sizeof number); };
    put(static_cast<uint64_t>(buckets.size()));
    for (const auto& [high, values] : buckets) {
        put(high);
        roaring_bitmap_t* bitmap = roaring_bitmap_of_ptr(values.size(), values.data());
        if (runs) roaring_bitmap_run_optimize(bitmap);
        std::string low(roaring_bitmap_portable_size_in_bytes(bitmap), '\0');
        roaring_bitmap_portable_serialize(bitmap, low.data());
        roaring_bitmap_free(bitmap);
        bytes += low;
    }
    return bytes;
}

class DeletedRowsTest : public testing::Test {
  protected:
    DeletedRowsTest() : folder(std::filesystem::temp_directory_path() / ("dv-test-" + Uuid::random().text())) {
        std::filesystem::create_directories(folder / "ab");
    }
    ~DeletedRowsTest() override { std::filesystem::remove_all(folder); }

    // Writes a file with some bytes before the vector.
    DeletionVector write(const std::string& bitmap, const std::filesystem::path& path, int64_t cardinality) const {
        std::string file("\x01skipped", 8);
        std::array<std::byte, 4> number{};
        store_big_endian(number.data(), static_cast<uint32_t>(bitmap.size()));
        file += as_text(number);
        file += bitmap;
        const auto* bytes = reinterpret_cast<const Bytef*>(bitmap.data());
        store_big_endian(number.data(), static_cast<uint32_t>(crc32_z(0, bytes, bitmap.size())));
        file += as_text(number);
        EXPECT_TRUE(replace_file(posix_disk(), path, file));
        return {.storage = "u",
                .place = "ab^-aqEH.-t@S}K{vb[*k^",
                .offset = 8,
                .size_bytes = static_cast<int64_t>(bitmap.size()),
                .cardinality = cardinality};
    }
    std::filesystem::path file() const {  // where the protocol's example lies
        return folder / "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin";
    }
    std::string error(const DeletionVector& vector) const {
        const auto rows = DeletedRows::load(posix_disk(), folder, vector);
        return rows ? "none" : rows.error().message;
    }

    std::filesystem::path folder;
};

TEST_F(DeletedRowsTest, InTheLog) {
    const auto rows =
        DeletedRows::load(posix_disk(), folder, {.storage = "i", .place = example, .size_bytes = 44, .cardinality = 6});
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ(rows_of(*rows), example_rows);
    EXPECT_FALSE(rows->contains((uint64_t{1} << 32) + 3));
    EXPECT_THAT(error({.storage = "i", .place = in_another_format, .size_bytes = 40, .cardinality = 6}),
                HasSubstr("of a format that is not known here"));
}

TEST_F(DeletedRowsTest, InAFileOfTheTableOrElsewhere) {
    DeletionVector vector = write(bitmap_of({{0, {1, 5}}, {2, {7}}}), file(), 3);
    const auto rows = DeletedRows::load(posix_disk(), folder, vector);
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_THAT(rows_of(*rows), ElementsAre(1, 5));
    EXPECT_TRUE(rows->contains((uint64_t{2} << 32) + 7));
    vector.storage = "p";
    vector.place = "file://" + file().string();
    EXPECT_EQ(error(vector), "none");
    vector.place = "s3://bucket/dv.bin";
    EXPECT_THAT(error(vector), HasSubstr("is not on this machine"));
}

TEST_F(DeletedRowsTest, InEveryKindOfContainer) {
    std::map<uint32_t, std::vector<uint32_t>> buckets;
    for (uint32_t i = 0; i < 200'000; ++i) {
        if (i < 3 || (i > 65'536 && i % 2 == 0) || i > 140'000) buckets[0].push_back(i);
    }
    const auto count = static_cast<int64_t>(buckets[0].size());
    for (const bool runs : {false, true}) {
        const auto rows = DeletedRows::decode(as_bytes(bitmap_of(buckets, runs)), count);
        ASSERT_TRUE(rows) << rows.error().message;
        const auto found = rows_of(*rows, 200'000);
        EXPECT_TRUE(std::ranges::equal(found, buckets[0]));
    }
}

TEST_F(DeletedRowsTest, BrokenOnesAreNotBelieved) {
    const std::string bitmap = bitmap_of({{0, {1, 5}}});
    DeletionVector vector = write(bitmap, file(), 2);
    EXPECT_EQ(error(vector), "none");
    vector.cardinality = 3;
    EXPECT_THAT(error(vector), HasSubstr("has 2 rows, but 3 by the log"));
    vector.cardinality = 2;
    vector.size_bytes += 1;
    EXPECT_THAT(error(vector), HasSubstr("shorter than the log says"));
    vector.size_bytes -= 2;
    EXPECT_THAT(error(vector), HasSubstr("another size than the log says"));
    vector.size_bytes += 1;
    std::string contents = *read_file(posix_disk(), file());
    contents[contents.size() - 6] ^= 1;
    ASSERT_TRUE(replace_file(posix_disk(), file(), contents));
    EXPECT_THAT(error(vector), HasSubstr("its checksum is wrong"));
    contents[0] = 2;
    ASSERT_TRUE(replace_file(posix_disk(), file(), contents));
    EXPECT_THAT(error(vector), HasSubstr("not of format version 1"));
    vector.place = "../^-aqEH.-t@S}K{vb[*k^";
    EXPECT_THAT(error(vector), HasSubstr("which is no place"));
    EXPECT_THAT(error({.storage = "x", .place = vector.place}), HasSubstr("which is no place"));
    EXPECT_THAT(error({.storage = "i", .place = "\"", .size_bytes = 1}), HasSubstr("no base85"));
    for (size_t size = 0; size < bitmap.size(); ++size) {
        EXPECT_FALSE(DeletedRows::decode(as_bytes(bitmap.substr(0, size)), 2)) << size;
    }
}

}  // namespace
}  // namespace pinflow::delta
