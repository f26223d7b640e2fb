// Every decoder of requests: the first bytes choose API and version, the rest is the body. What can be read must be
// written and read again as the same. Whole frames, with their headers, are tried by the same bytes.
#include <cstdlib>

#include "kafka/all_messages.h"
#include "kafka/frame.h"

using namespace pinflow;
using namespace pinflow::kafka;

namespace {

template <class Message>
Blob encoded(const Message& message, int16_t version) {
    Output output;
    if (!encode(output, message, version)) std::abort();
    Blob all;
    for (const Bytes piece : output.pieces()) all.insert(all.end(), piece.begin(), piece.end());
    return all;
}

template <class Message>
void try_out(Bytes body, int16_t version) {
    const auto message = decode<Message>(body, version);
    if (!message) return;
    const Blob once = encoded(*message, version);
    const auto again = decode<Message>(once, version);
    if (!again || encoded(*again, version) != once) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const Bytes input = std::as_bytes(std::span(data, size));
    if (input.size() < 2) return 0;
    if (const auto request = read_request(input); request && request->body.size() > input.size()) std::abort();
    const Api& api = apis[std::to_integer<size_t>(input[0]) % apis.size()];
    const int versions = api.known - api.min + 1;
    const auto version = static_cast<int16_t>(api.min + std::to_integer<int>(input[1]) % versions);
    visit_pair(api.key, [&]<class P>(P) { try_out<typename P::Request>(input.subspan(2), version); });
    return 0;
}
