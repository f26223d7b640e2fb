// What S3's successes say, in headers and XML.
#pragma once
#include "objects/http_client.h"
#include "objects/store.h"

namespace pinflow::objects {

// The metadata of an object that says which write of ours made it.
inline constexpr const char* write_id_header = "x-amz-meta-pinflow-write";

// Size, etag and time from the headers of an answer to HEAD, GET or PUT.
Info read_info(const HttpAnswer& answer, const std::string& key);

// `prefix` is taken off keys and prefixes. corrupt: what could not be read.
Result<ListPage> read_list(std::string_view xml, std::string_view prefix);

// corrupt, if the contents are not those that the headers have the checksum of; objects may have none.
Result<> check_contents(const HttpAnswer& answer, std::string_view what);

std::string base64_crc32c(Bytes bytes);
std::string unquoted(std::string_view etag);

}  // namespace pinflow::objects
