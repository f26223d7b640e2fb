// For tests: aggregated records, written by hand.
#pragma once
#include <openssl/evp.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace pinflow::sink {

struct TestUserRecord {
    std::string key, data;
};

inline std::string varint(uint64_t value) {
    std::string text;
    for (; value >= 0x80; value >>= 7) text += static_cast<char>(value | 0x80);
    return text += static_cast<char>(value);
}
inline std::string number_field(int number, uint64_t value) {
    return varint(static_cast<uint64_t>(number) << 3) + varint(value);
}
inline std::string bytes_field(int number, std::string_view bytes) {
    return varint(static_cast<uint64_t>(number) << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}
// Around any message.
inline std::string aggregate_of(const std::string& message) {
    std::array<unsigned char, 16> digest{};
    EVP_Digest(message.data(), message.size(), digest.data(), nullptr, EVP_md5(), nullptr);
    return "\xf3\x89\x9a\xc2" + message + std::string(digest.begin(), digest.end());
}
inline std::string aggregate_of(const std::vector<TestUserRecord>& records) {
    std::string keys, content;
    for (size_t i = 0; i < records.size(); ++i) {
        keys += bytes_field(1, records[i].key);
        content += bytes_field(3, number_field(1, i) + bytes_field(3, records[i].data));
    }
    return aggregate_of(keys + content);
}

}  // namespace pinflow::sink
