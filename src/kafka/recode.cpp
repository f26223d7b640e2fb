#include "kafka/recode.h"

#include "kafka/all_messages.h"
#include "kafka/filler.h"
#include "kafka/frame.h"

namespace pinflow::kafka {
namespace {

template <class Message>
Recoded encode_whole(const Message& message, int16_t version) {
    Output output;
    if (!encode(output, message, version)) return {.status = Status::cannot_be_encoded};
    Recoded made{.status = Status::fine};
    made.bytes.reserve(output.size_bytes());
    for (const Bytes piece : output.pieces()) made.bytes.insert(made.bytes.end(), piece.begin(), piece.end());
    return made;
}

template <class Message>
Recoded recode_one(int16_t version, Bytes body) {
    Decoder decoder(body, version, Message::api.is_flexible(version));
    Message message;
    decoder.value(message);
    if (decoder.failed()) return {};
    Recoded made = encode_whole(message, version);
    if (made.status == Status::fine && !decoder.left().empty()) made.status = Status::bytes_left_over;
    return made;
}

template <class Message>
Blob filled_one(int16_t version, bool nulls) {
    Message message;
    Filler(version, Message::api.is_flexible(version), nulls).value(message);
    return encode_whole(message, version).bytes;
}

}  // namespace

Recoded recode(Kind kind, int16_t key, int16_t version, Bytes body) {
    Recoded made;
    visit_pair(key, [&]<class P>(P) {
        made = kind == Kind::request ? recode_one<typename P::Request>(version, body)
                                     : recode_one<typename P::Response>(version, body);
    });
    return made;
}

Blob filled(Kind kind, int16_t key, int16_t version, bool nulls) {
    Blob made;
    visit_pair(key, [&]<class P>(P) {
        made = kind == Kind::request ? filled_one<typename P::Request>(version, nulls)
                                     : filled_one<typename P::Response>(version, nulls);
    });
    return made;
}

}  // namespace pinflow::kafka
