// Any body for any of a consumer's requests: read within its bounds, or refused with a status and a message in UTF-8.
#include <cstdlib>

#include "base/text.h"
#include "rest/consumer_bodies.h"

namespace {

template <class T>
void check(const pinflow::rest::Parsed<T>& parsed) {
    if (parsed) return;
    const auto& refusal = parsed.error();
    if (refusal.status < 400 || refusal.status > 499 || refusal.message.empty()) std::abort();
    if (refusal.message.size() > 1000) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow::rest;
    const std::string body(reinterpret_cast<const char*>(data), size);
    check(parse_new_consumer(body));
    check(parse_subscription(body));
    check(parse_partitions(body));
    check(parse_offsets(body));
    const auto places = parse_places(body);
    check(places);
    if (places)
        for (const auto& place : places->times)
            if (place.time_ms < -64'000'000'000'000 || place.time_ms > 254'000'000'000'000) std::abort();
    return 0;
}
