// Frames: what lies between two sizes on a connection. The size itself (int32) is the session's business when it reads;
// append_response writes it too. Formats of the headers: kafka.apache.org/protocol#protocol_messages.
#pragma once
#include <optional>
#include <string_view>

#include "base/error.h"
#include "kafka/api.h"
#include "kafka/decoder.h"
#include "kafka/encoder.h"

namespace pinflow::kafka {

struct Request {
    int16_t key = 0;
    int16_t version = 0;
    int32_t correlation_id = 0;
    std::optional<std::string_view> client_id;
    const Api* api = nullptr;  // null: no API of ours has that key
    Bytes body;                // empty if the API does not know the version
};

// The frame without its size. An error if not even the header can be read. An unknown key or version is no error here.
Result<Request> read_request(Bytes frame);

// A message from a request's body; `Message` must know the version. The message is a view of the body.
template <class Message>
Result<Message> decode(Bytes body, int16_t version) {
    Decoder decoder(body, version, Message::api.is_flexible(version));
    Message message;
    decoder.value(message);
    if (!decoder.failed()) return message;
    return fail(Code::invalid, "{} version {} cannot be read: byte {} of {} makes no sense or is the end",
                Message::api.name, version, decoder.failed_at(), body.size());
}

template <class Message>
bool encode(Output& output, const Message& message, int16_t version) {
    Encoder encoder(output, version, Message::api.is_flexible(version));
    encoder.value(message);
    return !encoder.failed();
}

// Size and header of a response, its body to follow; end_response fills in the size. False: over 2 GiB.
void begin_response(Output& output, const Api& api, int16_t version, int32_t correlation_id);
bool end_response(Output& output, const Output::Mark& begin);

// A whole frame. On an error (a text or a frame that is too long for the protocol) the output is as it was.
template <class Message>
Result<> append_response(Output& output, const Message& message, int16_t version, int32_t correlation_id) {
    const Output::Mark begin = output.mark();
    begin_response(output, Message::api, version, correlation_id);
    if (encode(output, message, version) && end_response(output, begin)) return {};
    output.rewind(begin);
    return fail(Code::too_large, "the answer to {} has a text over {} bytes, or is over 2 GiB", Message::api.name,
                max_text_bytes);
}

}  // namespace pinflow::kafka
