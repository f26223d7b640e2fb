#include "base/json_members.h"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pinflow {

const uint64_t JsonMembers::seed_ = (uint64_t{std::random_device{}()} << 32 | std::random_device{}()) | 1;

void JsonMembers::clear(size_t max_kept_bytes) {
    members_.clear();
    if (members_.capacity() > max_kept_bytes / sizeof(Member)) members_.shrink_to_fit();
}

bool JsonMembers::has(const Member& member, size_t first, const char* output) const {
    const size_t size = member.value - member.key;
    for (size_t i = first; i < members_.size(); ++i) {
        const Member& other = members_[i];
        if (other.hash == member.hash && other.value - other.key == size &&
            std::memcmp(output + other.key, output + member.key, size) == 0)
            return true;
    }
    return false;
}

bool JsonMembers::has_repeated_hashes(size_t first) const {
    std::vector<uint64_t> hashes;
    hashes.reserve(members_.size() - first);
    for (size_t i = first; i < members_.size(); ++i) hashes.push_back(members_[i].hash);
    std::ranges::sort(hashes);
    return std::ranges::adjacent_find(hashes) != hashes.end();
}

// Rare: writes the object that ends at `out` again, each key once, where it stood first, with its last value.
char* JsonMembers::without_repeats(size_t first, char* output, char* out) const {
    char* const begin = output + members_[first].key;
    const std::string old(begin, out);
    const auto old_text = [&](uint32_t from, uint32_t to) {
        return std::string_view(old).substr(from - members_[first].key, to - from);
    };
    std::unordered_map<std::string_view, size_t> last;
    for (size_t i = first; i < members_.size(); ++i) last[old_text(members_[i].key, members_[i].value)] = i;
    char* to = begin;
    for (size_t i = first; i < members_.size(); ++i) {
        const std::string_view key = old_text(members_[i].key, members_[i].value);
        const auto found = last.find(key);
        if (found == last.end()) continue;
        const Member& winner = members_[found->second];
        if (to != begin) *to++ = ',';
        to = std::ranges::copy(key, to).out;
        to = std::ranges::copy(old_text(winner.value, winner.end), to).out;
        last.erase(found);
    }
    *to++ = '}';
    return to;
}

}  // namespace pinflow
