// Any body: taken or refused in the gateway's or the service's shape; what is kept lies within memory that the
// sanitizer watches, and a JSON value that is stored is JSON.
#include <cstdlib>

#include "base/json_text.h"
#include "gateway/put_bodies.h"

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

void check_refusal(const pinflow::net::Response& response) {
    check(response.status == 400);
    check(pinflow::compact_json(response.body).has_value());
}

void check_entries(const pinflow::gateway::PutBody& body, size_t size, bool many) {
    size_t bytes = body.stream_name().size();
    for (const auto& entry : body.entries()) {
        bytes += entry.partition_key.size();
        if (entry.explicit_hash_key) bytes += entry.explicit_hash_key->size();
        if (entry.data) bytes += entry.data->size();
        if (!many) check(entry.data && pinflow::compact_json(*entry.data).has_value());
    }
    check(bytes <= size + 2 * body.entries().size());  // absent data becomes two quotes
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    static pinflow::gateway::PutBody body;
    const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
    const bool many = data[0] % 2 != 0;
    const auto parsed = many ? body.parse_records(text) : body.parse_record(text);
    if (parsed)
        check_entries(body, size, many);
    else
        check_refusal(parsed.error());
    if (const auto count = pinflow::gateway::shard_count_of(text); !count) check_refusal(count.error());
    return 0;
}
