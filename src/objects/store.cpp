#include "objects/store.h"

#include "base/text.h"

namespace pinflow::objects {
namespace {

constexpr size_t longest_key = 1024;

}  // namespace

Result<> check_key(std::string_view key) {
    if (key.empty()) return fail(denied, "an object's key must not be empty");
    if (key.size() > longest_key)
        return fail(Code::too_large, "the key {}… has {} bytes; {} are allowed", key.substr(0, 60), key.size(),
                    longest_key);
    if (!is_valid_utf8(key)) return fail(denied, "the key {} is not UTF-8", percent_encode(key, "/"));
    if (key.contains('\0')) return fail(denied, "the key {} contains a zero byte", percent_encode(key, "/"));
    return {};
}

}  // namespace pinflow::objects
