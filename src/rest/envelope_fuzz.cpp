// Any body: parsed or refused; what is kept lies within memory that the sanitizer watches.
#include <cstdlib>

#include "rest/envelope.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    static pinflow::rest::Envelope envelope;
    const auto format = data[0] % 2 == 0 ? pinflow::rest::Format::json : pinflow::rest::Format::binary;
    const std::string body(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto records = envelope.parse(body, format);
    if (!records) {
        if (records.error().message.empty() || records.error().status < 400) std::abort();
        return 0;
    }
    size_t bytes = 0;
    for (const auto& record : *records) {
        for (const auto& part : {record.key, record.value}) {
            if (!part) continue;
            bytes += part->size();
            if (format == pinflow::rest::Format::json && !pinflow::compact_json(pinflow::as_text(*part))) std::abort();
        }
    }
    if (bytes > body.size()) std::abort();
    return 0;
}
