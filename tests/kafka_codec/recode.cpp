// Reads messages from stdin, decodes each and encodes it again, for tests/test_kafka_codec.py.
// In:  int32 size, then: int8 kind (0 request, 1 response), int16 key, int16 version, the body of the message.
// Out: int32 size, then: int8 status (0 fine, 1 cannot be decoded, 2 bytes left over, 3 cannot be encoded), the bytes.
// With any argument it prints what it knows instead, a line each: key, name, oldest, newest offered, newest known
// version.
#include "kafka/recode.h"

#include <cstdio>

#include "kafka/api.h"
#include "kafka/decoder.h"
#include "kafka/encoder.h"

namespace pinflow::kafka {
namespace {

void print_apis() {
    for (const Api& api : apis) std::printf("%d %s %d %d %d\n", api.key, api.name.data(), api.min, api.max, api.known);
}

void answer(Bytes frame) {
    auto kind = Kind::request;
    int16_t key = 0, version = 0;
    Decoder head(frame, 0, false);
    head(kind, key, version);
    const Recoded made = recode(kind, key, version, head.left());
    const auto size = static_cast<int32_t>(1 + made.bytes.size());
    Output output;
    Encoder encoder(output, 0, false);
    encoder(size, made.status);
    output.append(Bytes(made.bytes));
    const Bytes all = output.pieces().at(0);
    std::fwrite(all.data(), 1, all.size(), stdout);
}

}  // namespace
}  // namespace pinflow::kafka

int main(int argc, char**) {
    if (argc > 1) {
        pinflow::kafka::print_apis();
        return 0;
    }
    std::byte size[4];
    std::vector<std::byte> frame;
    while (std::fread(size, 1, sizeof size, stdin) == sizeof size) {
        frame.resize(pinflow::load_big_endian<uint32_t>(size));
        if (std::fread(frame.data(), 1, frame.size(), stdin) != frame.size()) return 1;
        pinflow::kafka::answer(frame);
    }
    return 0;
}
