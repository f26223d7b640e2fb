// What an answer of S3 that is no success means, and what to do about it (docs/objects.md, "Errors" and "Tries").
#pragma once
#include <string>
#include <string_view>

#include "objects/http_client.h"

namespace pinflow::objects {

enum class Retry : uint8_t {
    no,
    soon,         // nobody is to blame: the network, a server that stumbled
    later,        // we ask too much: longer pauses
    at_once,      // with the clock set right
    credentials,  // with fresh ones
};

struct S3Error {
    Error error;
    std::string code;  // S3's own word; empty if the answer had none
    Retry retry = Retry::no;
    bool may_be_done = false;
};

// `what` begins the message: "GET s3://bucket/key".
S3Error read_s3_error(const HttpAnswer& answer, std::string_view what);

// Whether a body is S3's XML of an error.
bool is_s3_error(std::string_view body);

}  // namespace pinflow::objects
