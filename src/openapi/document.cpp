#include "openapi/document.h"

#include <algorithm>

#include "base/text.h"

namespace pinflow::openapi {

Result<Json> read_document(std::string_view text) {
    if (text.size() > most_document_bytes)
        return fail(Code::too_large, "the definition has {} bytes, {} are taken", text.size(), most_document_bytes);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    if (!is_valid_utf8(text)) return fail(Code::invalid, "the definition is not UTF-8");
    const bool is_json = trim(text).starts_with('{');
    auto document = is_json ? parse_json_tree(text, document_limits) : read_yaml(text, document_limits);
    if (!document) return fail(std::move(document).error().within(is_json ? "not JSON" : "not YAML"));
    if (document->object() == nullptr) return fail(Code::invalid, "the definition is not an object");
    return document;
}

}  // namespace pinflow::openapi
