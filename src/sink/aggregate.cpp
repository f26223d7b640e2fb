#include "sink/aggregate.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <optional>

namespace pinflow::sink {
namespace {

constexpr std::array magic = {std::byte{0xf3}, std::byte{0x89}, std::byte{0x9a}, std::byte{0xc2}};
constexpr size_t digest_size = 16;

bool has_digest(Bytes message, Bytes digest) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> made{};
    unsigned int size = 0;
    const bool is_made = EVP_Digest(message.data(), message.size(), made.data(), &size, EVP_md5(), nullptr) == 1;
    return is_made && std::ranges::equal(digest, std::as_bytes(std::span(made).first(size)));
}

// The fields of a Protobuf message, one after the other.
class Fields {
  public:
    enum Wire : uint8_t { varint = 0, fixed_64 = 1, bytes = 2, fixed_32 = 5 };
    struct Field {
        uint64_t number;
        uint8_t wire;
        uint64_t value;  // of a varint
        Bytes content;   // of bytes
    };

    explicit Fields(Bytes message) : rest_(message) {}
    // Nothing: the end, or what is no message.
    std::optional<Field> next() {
        if (rest_.empty()) return std::nullopt;
        broken_ = true;
        const auto tag = read_varint();
        if (!tag || *tag >> 3 == 0) return std::nullopt;
        Field field{.number = *tag >> 3, .wire = static_cast<uint8_t>(*tag & 7), .value = 0, .content = {}};
        if (!read_content(field)) return std::nullopt;
        broken_ = false;
        return field;
    }
    bool broken() const { return broken_; }

  private:
    std::optional<uint64_t> read_varint() {
        uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
            const auto byte = std::to_integer<uint64_t>(rest_.front());
            rest_ = rest_.subspan(1);
            value |= (byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        return std::nullopt;
    }

    bool read_content(Field& field) {
        uint64_t size = field.wire == fixed_64 ? 8 : 4;
        if (field.wire == varint || field.wire == bytes) {
            const auto value = read_varint();
            if (!value) return false;
            size = field.value = *value;
            if (field.wire == varint) return true;
        } else if (field.wire != fixed_64 && field.wire != fixed_32) {
            return false;
        }
        if (size > rest_.size()) return false;
        field.content = rest_.first(size);
        rest_ = rest_.subspan(size);
        return true;
    }

    Bytes rest_;
    bool broken_ = false;
};

// Whether a field of that number is what it should be.
bool is(const Fields::Field& field, uint64_t number, Fields::Wire wire) {
    return field.number == number && field.wire == wire;
}

}  // namespace

const std::vector<UserRecord>& Aggregate::read(Bytes value) {
    records_.clear();
    if (value.size() <= magic.size() + digest_size || !std::ranges::equal(value.first(magic.size()), magic))
        return records_;
    const Bytes message = value.subspan(magic.size(), value.size() - magic.size() - digest_size);
    if (!has_digest(message, value.last(digest_size)) || !read_message(message)) records_.clear();
    return records_;
}

// The tables may stand behind the records that point into them.
bool Aggregate::read_message(Bytes message) {
    keys_.clear();
    hash_keys_.clear();
    Fields tables(message);
    while (const auto field = tables.next()) {
        if (is(*field, 1, Fields::bytes)) keys_.push_back(field->content);
        if (is(*field, 2, Fields::bytes)) hash_keys_.push_back(field->content);
        if (field->number <= 3 && field->wire != Fields::bytes) return false;
    }
    if (tables.broken()) return false;
    Fields fields(message);
    while (const auto field = fields.next())
        if (field->number == 3 && !read_record(field->content)) return false;
    return true;
}

bool Aggregate::read_record(Bytes message) {
    std::optional<uint64_t> key, hash_key;
    std::optional<Bytes> data;
    Fields fields(message);
    while (const auto field = fields.next()) {
        if (is(*field, 1, Fields::varint)) key = field->value;
        if (is(*field, 2, Fields::varint)) hash_key = field->value;
        if (is(*field, 3, Fields::bytes)) data = field->content;
    }
    if (fields.broken() || !key || *key >= keys_.size() || !data) return false;
    if (hash_key && *hash_key >= hash_keys_.size()) return false;
    records_.push_back({keys_[*key], *data});
    return true;
}

}  // namespace pinflow::sink
