// Every decoder of requests: the first bytes choose API and version, the rest is the body. What can be read must be
// written, and that read and written again as the same. The same bytes are tried as a frame with its header.
#include <cstdlib>

#include "kafka/frame.h"
#include "kafka/recode.h"

using namespace pinflow;
using namespace pinflow::kafka;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const Bytes input = std::as_bytes(std::span(data, size));
    if (input.size() < 2) return 0;
    if (const auto request = read_request(input); request && request->body.size() > input.size()) std::abort();
    const Api& api = apis[std::to_integer<size_t>(input[0]) % apis.size()];
    const int versions = api.known - api.min + 1;
    const auto version = static_cast<int16_t>(api.min + std::to_integer<int>(input[1]) % versions);
    const Recoded once = recode(Kind::request, api.key, version, input.subspan(2));
    if (once.status == Status::cannot_be_decoded) return 0;
    if (once.status == Status::cannot_be_encoded) std::abort();
    const Recoded again = recode(Kind::request, api.key, version, once.bytes);
    if (again.status != Status::fine || again.bytes != once.bytes) std::abort();
    return 0;
}
