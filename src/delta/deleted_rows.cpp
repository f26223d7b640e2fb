#include "delta/deleted_rows.h"

#include <roaring/roaring.h>
#include <zlib.h>

#include "base/uuid.h"
#include "delta/paths.h"

namespace pinflow::delta {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t magic = 1'681'511'377;
constexpr int64_t max_bytes = 1LL << 30;  // a vector is a few kilobytes as a rule
constexpr size_t uuid_digits = 20;
constexpr uint8_t file_version = 1;

// Z85 (ZeroMQ RFC 32): five digits are four bytes. Nothing if a character is no digit.
std::optional<std::vector<std::byte>> decode_z85(std::string_view text) {
    constexpr std::string_view digits =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
    if (text.size() % 5 != 0) return std::nullopt;
    std::vector<std::byte> bytes(text.size() / 5 * 4);
    for (size_t i = 0; i < text.size(); i += 5) {
        uint64_t value = 0;
        for (const char c : text.substr(i, 5)) {
            const size_t digit = digits.find(c);
            if (digit == std::string_view::npos) return std::nullopt;
            value = value * 85 + digit;
        }
        if (value > UINT32_MAX) return std::nullopt;
        store_big_endian(bytes.data() + i / 5 * 4, static_cast<uint32_t>(value));
    }
    return bytes;
}

// Takes little-endian numbers from the front.
class LittleEndianReader {
  public:
    explicit LittleEndianReader(Bytes bytes) : left_(bytes) {}

    template <class T>
    std::optional<T> take() {
        if (left_.size() < sizeof(T)) return std::nullopt;
        T value;
        std::memcpy(&value, left_.data(), sizeof value);
        left_ = left_.subspan(sizeof value);
        return value;
    }
    void skip(size_t count) { left_ = left_.subspan(count); }
    Bytes left() const { return left_; }

  private:
    Bytes left_;
};

// The library believes what it reads: a bitmap with containers out of order, or with another number of rows than it
// says, would answer nonsense. Going through all of it once finds that.
struct Audit {
    int64_t last = -1;
    int64_t count = 0;

    static bool visit(uint32_t value, void* self) {
        auto& audit = *static_cast<Audit*>(self);
        if (value <= audit.last) return false;
        audit.last = value;
        ++audit.count;
        return true;
    }
};

Result<std::string> read_vector_file(Disk& disk, const fs::path& path, const DeletionVector& vector) {
    const auto broken = [&](std::string_view why) {
        return fail(Code::corrupt, "deletion vector {}: {}", path.string(), why);
    };
    PINFLOW_ASSIGN(const auto file, disk.open(path, Disk::Mode::read));
    std::array<std::byte, 1> version{};
    PINFLOW_ASSIGN(const size_t first, file->read_at(version, 0));
    if (first != 1 || static_cast<uint8_t>(version[0]) != file_version) return broken("not of format version 1");
    const int64_t offset = vector.offset.value_or(0);
    if (offset < 0) return broken("its offset is negative");
    const auto size = static_cast<size_t>(vector.size_bytes);
    std::string contents(size + 8, '\0');  // its size, itself, its checksum
    PINFLOW_ASSIGN(const size_t count,
                   file->read_at(std::as_writable_bytes(std::span(contents)), static_cast<uint64_t>(offset)));
    const Bytes bytes = as_bytes(contents);
    if (count != contents.size()) return broken("it is shorter than the log says");
    if (load_big_endian<uint32_t>(bytes.data()) != size) return broken("it has another size than the log says");
    std::string bitmap = contents.substr(4, size);
    const uLong sum = crc32_z(0, static_cast<const Bytef*>(static_cast<const void*>(bitmap.data())), size);
    if (load_big_endian<uint32_t>(bytes.data() + 4 + size) != sum) return broken("its checksum is wrong");
    return bitmap;
}

}  // namespace

void DeletedRows::Destroy::operator()(roaring_bitmap_s* bitmap) const {
    roaring_bitmap_free(bitmap);
}

Result<DeletedRows> DeletedRows::decode(Bytes bitmap, int64_t cardinality) {
    const auto broken = [] { return fail(Code::corrupt, "not a bitmap as deletion vectors have it"); };
    LittleEndianReader reader(bitmap);
    const auto found = reader.take<uint32_t>();
    if (!found || *found != magic) {
        return fail(Code::unsupported, "a deletion vector of a format that is not known here");
    }
    const auto count = reader.take<uint64_t>();
    if (!count) return broken();
    DeletedRows rows;
    int64_t total = 0;
    for (uint64_t i = 0; i < *count; ++i) {
        const auto high = reader.take<uint32_t>();
        if (!high || *high > INT32_MAX || (!rows.buckets_.empty() && *high <= rows.buckets_.back().high)) {
            return broken();
        }
        const std::string_view left = as_text(reader.left());
        const size_t size = roaring_bitmap_portable_deserialize_size(left.data(), left.size());
        if (size == 0 || size > left.size()) return broken();
        Bucket bucket{.high = *high};
        bucket.low.reset(roaring_bitmap_portable_deserialize_safe(left.data(), size));
        if (!bucket.low) return broken();
        Audit audit;
        if (!roaring_iterate(bucket.low.get(), Audit::visit, &audit)) return broken();
        total += audit.count;
        rows.buckets_.push_back(std::move(bucket));
        reader.skip(size);
    }
    if (total == cardinality) return rows;
    return fail(Code::corrupt, "a deletion vector has {} rows, but {} by the log", total, cardinality);
}

Result<fs::path> deletion_vector_path(const fs::path& table_folder, const DeletionVector& vector) {
    if (vector.storage == "p") return file_path(table_folder, vector.place);
    const std::string_view place = vector.place;
    const size_t prefix = place.size() < uuid_digits ? 0 : place.size() - uuid_digits;
    const auto bytes = decode_z85(place.substr(prefix));
    Uuid uuid;
    if (vector.storage != "u" || !bytes || bytes->size() != uuid.bytes.size() || place.starts_with('/') ||
        place.substr(0, prefix).find("..") != std::string_view::npos) {
        return fail(Code::corrupt, "a deletion vector lies at '{}{}', which is no place", vector.storage, place);
    }
    std::ranges::copy(*bytes, uuid.bytes.begin());
    return table_folder / place.substr(0, prefix) / fmt::format("deletion_vector_{}.bin", uuid.text());
}

Result<DeletedRows> DeletedRows::load(Disk& disk, const fs::path& table_folder, const DeletionVector& vector) {
    if (vector.size_bytes < 0 || vector.size_bytes > max_bytes) {
        return fail(Code::too_large, "a deletion vector of {} bytes: {} are read at most", vector.size_bytes,
                    max_bytes);
    }
    if (vector.storage == "i") {
        const auto bytes = decode_z85(vector.place);
        const auto size = static_cast<size_t>(vector.size_bytes);
        if (!bytes || bytes->size() < size) return fail(Code::corrupt, "an inline deletion vector is no base85");
        return decode(Bytes(*bytes).first(size), vector.cardinality);
    }
    PINFLOW_ASSIGN(const fs::path path, deletion_vector_path(table_folder, vector));
    PINFLOW_ASSIGN(const std::string bitmap, read_vector_file(disk, path, vector));
    auto rows = decode(as_bytes(bitmap), vector.cardinality);
    if (!rows) return fail(std::move(rows).error().within(path.string()));
    return rows;
}

bool DeletedRows::contains(uint64_t row) const {
    const auto high = static_cast<uint32_t>(row >> 32);
    for (const Bucket& bucket : buckets_) {
        if (bucket.high == high) return roaring_bitmap_contains(bucket.low.get(), static_cast<uint32_t>(row));
    }
    return false;
}

void DeletedRows::mark(std::span<const int64_t> rows, bool* kept) const {
    for (size_t i = 0; i < rows.size(); ++i) kept[i] = !contains(static_cast<uint64_t>(rows[i]));
}

}  // namespace pinflow::delta
