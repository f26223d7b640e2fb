// What nghttp2 calls: from its frames to the streams of Http2Core and back.
#pragma once
#include <nghttp2/nghttp2.h>

namespace pinflow::net {

class Http2Core;

nghttp2_session* make_http2_session(Http2Core& core);  // null: no memory
ssize_t read_http2_body(nghttp2_session*, int32_t id, uint8_t*, size_t most, uint32_t* flags,
                        nghttp2_data_source* source, void* core);

}  // namespace pinflow::net
