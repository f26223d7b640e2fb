#include "kafka/frame.h"

namespace pinflow::kafka {

Result<Request> read_request(Bytes frame) {
    Request request;
    // The client id is never compact: also in the header with tagged fields it is as in the one without.
    Decoder header(frame, 0, false);
    header.value(request.key);
    header.value(request.version);
    header.value(request.correlation_id);
    header.value(request.client_id);
    if (header.failed()) {
        return fail(Code::invalid, "the header of a request of {} bytes cannot be read: it ends at byte {}",
                    frame.size(), header.failed_at());
    }
    request.api = find_api(request.key);
    if (!request.api || !request.api->knows(request.version)) return request;
    request.body = header.left();
    if (!request.api->is_flexible(request.version)) return request;
    Decoder tags(request.body, 0, true);
    tags.skip_tags();
    if (tags.failed()) return fail(Code::invalid, "the tagged fields of a request's header cannot be read");
    request.body = tags.left();
    return request;
}

void begin_response(Output& output, const Api& api, int16_t version, int32_t correlation_id) {
    Encoder encoder(output, version, api.is_flexible(version));
    encoder.value(int32_t{0});  // the size
    encoder.value(correlation_id);
    // A client that asks for versions does not know ours yet: its answer has the oldest header, whatever its version.
    if (encoder.flexible() && api.key != api::api_versions.key) encoder.open_tags();
}

bool end_response(Output& output, const Output::Mark& begin) {
    const size_t size = output.size_bytes() - begin.size_bytes - sizeof(int32_t);
    if (size > INT32_MAX) return false;
    store_big_endian(output.at(begin.encoded_bytes), static_cast<int32_t>(size));
    return true;
}

}  // namespace pinflow::kafka
