// Repeated keys of JSON objects while they are written out: the last value stays, at the first one's place. For
// json_text only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace pinflow {

class JsonMembers {
  public:
    // An object that is being written. A filter tells "this key was not seen yet" for nearly every key without a
    // comparison.
    struct Object {
        size_t first;  // of its members
        uint64_t low = 0, high = 0;
        bool has_repeats = false;
    };

    Object begin() const { return {members_.size()}; }
    // A key, with its quotes, was written at output[key] to output[value - 1), then the colon. Answers which member.
    size_t add(Object& object, const char* output, uint64_t hash, uint32_t key, uint32_t value);
    void set_end(size_t member, uint32_t end) { members_[member].end = end; }
    // The object is whole and ends at `out`, behind its bracket. Answers where it ends once each key stands there once.
    char* finish(const Object& object, char* output, char* out);
    void clear(size_t max_kept_bytes);

    // Of a key in its quotes, written so that 8 bytes behind it may be read.
    static uint64_t hash(const char* key, size_t size);

  private:
    struct Member {
        uint64_t hash;
        uint32_t key, value, end;  // positions in the output; the key's text ends before value - 1 (':')
    };
    static constexpr size_t max_filtered = 64;  // objects with more members look for repeats once, at their end

    bool has(const Member& member, size_t first, const char* output) const;
    bool has_repeated_hashes(size_t first) const;
    char* without_repeats(size_t first, char* output, char* out) const;

    std::vector<Member> members_;  // of all objects that are open, the innermost last
    static const uint64_t seed_;
};

inline size_t JsonMembers::add(Object& object, const char* output, uint64_t hash, uint32_t key, uint32_t value) {
    const size_t index = members_.size();
    const Member member{hash, key, value, 0};
    const bool may_repeat = (object.low >> (hash & 63) & object.high >> (hash >> 6 & 63) & 1) != 0;
    if (may_repeat && index - object.first < max_filtered && !object.has_repeats)
        object.has_repeats = has(member, object.first, output);
    object.low |= uint64_t{1} << (hash & 63);
    object.high |= uint64_t{1} << (hash >> 6 & 63);
    members_.push_back(member);
    return index;
}

inline char* JsonMembers::finish(const Object& object, char* output, char* out) {
    const bool many = members_.size() - object.first > max_filtered;
    if (object.has_repeats || (many && has_repeated_hashes(object.first)))
        out = without_repeats(object.first, output, out);
    members_.resize(object.first);
    return out;
}

// Seeded, so that nobody can send keys that all fall together.
inline uint64_t JsonMembers::hash(const char* key, size_t size) {
    const auto mix = [](uint64_t a, uint64_t b) {
        __extension__ using Wide = unsigned __int128;
        const Wide product = static_cast<Wide>(a) * b;
        return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
    };
    uint64_t hash = seed_ ^ size, word;
    for (; size > 8; size -= 8, key += 8) {
        std::memcpy(&word, key, sizeof word);
        hash = mix(hash ^ word, 0x9e3779b97f4a7c15);
    }
    std::memcpy(&word, key, sizeof word);
    word = size == 0 ? 0 : word << (64 - 8 * size);
    return mix(hash ^ word, 0xd6e8feb86659fd93);
}

}  // namespace pinflow
