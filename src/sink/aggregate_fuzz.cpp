// Any bytes as the message of an aggregated record, under an MD5 that is right: what is read of it lies within it.
#include <openssl/evp.h>

#include <cstdlib>

#include "sink/aggregate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow;
    static sink::Aggregate aggregate;
    std::vector<std::byte> value = {std::byte{0xf3}, std::byte{0x89}, std::byte{0x9a}, std::byte{0xc2}};
    const Bytes message = std::as_bytes(std::span(data, size));
    value.insert(value.end(), message.begin(), message.end());
    std::array<unsigned char, 16> digest{};
    EVP_Digest(data, size, digest.data(), nullptr, EVP_md5(), nullptr);
    const auto digest_bytes = std::as_bytes(std::span(digest));
    value.insert(value.end(), digest_bytes.begin(), digest_bytes.end());
    const auto inside = [&](Bytes part) {
        return part.empty() ||
               (part.data() >= value.data() && part.data() + part.size() <= value.data() + value.size());
    };
    size_t bytes = 0;
    for (const auto& record : aggregate.read(value)) {
        if (!inside(record.partition_key) || !inside(record.data)) std::abort();
        bytes += record.data.size();
    }
    if (bytes > size) std::abort();
    value.back() ^= std::byte{1};
    if (!aggregate.read(value).empty()) std::abort();
    return 0;
}
