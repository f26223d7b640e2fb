// Reads messages from stdin, decodes each and encodes it again, for tests/test_kafka_codec.py.
// In:  int32 size, then: int8 kind (0 request, 1 response), int16 key, int16 version, the body of the message.
// Out: int32 size, then: int8 status (0 fine, 1 cannot be decoded, 2 bytes left over, 3 cannot be encoded), the bytes.
// With any argument it prints what it knows instead, a line each: key, name, oldest, newest offered, newest known
// version.
#include <cstdio>
#include <vector>

#include "kafka/all_messages.h"
#include "kafka/frame.h"

namespace pinflow::kafka {
namespace {

enum class Status : int8_t { fine, cannot_be_decoded, bytes_left_over, cannot_be_encoded };

template <class Message>
Status recode(Bytes body, int16_t version, Output& output) {
    Decoder decoder(body, version, Message::api.is_flexible(version));
    Message message;
    decoder.value(message);
    if (decoder.failed()) return Status::cannot_be_decoded;
    if (!decoder.left().empty()) return Status::bytes_left_over;
    return encode(output, message, version) ? Status::fine : Status::cannot_be_encoded;
}

void answer(Bytes frame) {
    int8_t kind = 0;
    int16_t key = 0, version = 0;
    Decoder head(frame, 0, false);
    head(kind, key, version);
    Output output;
    auto status = Status::cannot_be_decoded;
    visit_pair(key, [&]<class P>(P) {
        status = kind == 0 ? recode<typename P::Request>(head.left(), version, output)
                           : recode<typename P::Response>(head.left(), version, output);
    });
    Output prefix;
    Encoder encoder(prefix, 0, false);
    const auto size = static_cast<int32_t>(1 + output.size_bytes());
    encoder(size, status);
    for (const Output* part : {&prefix, &output}) {
        for (const Bytes piece : part->pieces()) std::fwrite(piece.data(), 1, piece.size(), stdout);
    }
}

}  // namespace
}  // namespace pinflow::kafka

int main(int argc, char**) {
    if (argc > 1) {
        for (const auto& [key, name, min, max, flexible, known] : pinflow::kafka::apis) {
            std::printf("%d %s %d %d %d\n", key, name.data(), min, max, known);
        }
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
