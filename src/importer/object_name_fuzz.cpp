#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "importer/object_name.h"

// Names come from buckets of others: a name that is understood is part of the key, and its numbers are not negative.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view key(reinterpret_cast<const char*>(data), size);
    if (pinflow::importer::kind_of(key) == pinflow::importer::Kind::keys_or_headers) {
        const auto beside = pinflow::importer::parse_beside_name(key);
        if (beside.values.size() + (beside.is_keys ? 5 : 8) != key.size()) std::abort();
    }
    if (const auto name = pinflow::importer::parse_object_name(key)) {
        if (name->topic.empty() || key.find(name->topic) == std::string_view::npos) std::abort();
        if (name->partition < 0 || name->offset < 0) std::abort();
    }
    return 0;
}
