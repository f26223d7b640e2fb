#include "connect/record_headers.h"

#include <algorithm>

namespace pinflow::connect {

Result<std::vector<log::RecordHeader>> headers_of(const log::Record& record) {
    std::vector<log::RecordHeader> headers;
    Bytes rest = record.raw_headers;
    for (int32_t i = 0; i < record.header_count; ++i) {
        PINFLOW_ASSIGN(const log::RecordHeader header, log::next_header(rest));
        headers.push_back(header);
    }
    return headers;
}

void add_header(std::vector<log::RecordHeader>& headers, std::string_view key, std::string_view value) {
    const auto same = [&](const log::RecordHeader& header) { return header.key == key; };
    if (std::ranges::none_of(headers, same)) headers.push_back({key, as_bytes(value)});
}

}  // namespace pinflow::connect
