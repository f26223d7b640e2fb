#include "connect/s3_keys.h"

#include "connect/s3_key_groups.h"

namespace pinflow::connect {
namespace {

std::vector<Key> all_keys() {
    std::vector<Key> keys;
    for (auto group : {s3_connector_keys, s3_bucket_keys, s3_content_keys, s3_side_keys, s3_layout_keys}) {
        std::vector<Key> more = group();
        keys.insert(keys.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    std::map<std::string, int> orders;
    for (Key& key : keys) key.order = ++orders[key.group];
    return keys;
}

}  // namespace

std::span<const Key> s3_keys() {
    static const std::vector<Key> keys = all_keys();
    return keys;
}

std::string s3_value(const Properties& config, std::string_view key) {
    if (const auto given = config.find(key); given != config.end()) return given->second;
    const auto keys = s3_keys();
    const auto known = std::ranges::find(keys, key, &Key::name);
    return known == keys.end() ? "" : known->default_value.value_or("");
}

}  // namespace pinflow::connect
