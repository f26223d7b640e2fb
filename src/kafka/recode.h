// For tests, the fuzz target and kafka_recode: decodes a message of any API and version and encodes it again, and makes
// one that has every field. Compiled once, because it knows every message.
#pragma once
#include "kafka/types.h"

namespace pinflow::kafka {

enum class Kind : int8_t { request, response };

enum class Status : int8_t { fine, cannot_be_decoded, bytes_left_over, cannot_be_encoded };

struct Recoded {
    Status status = Status::cannot_be_decoded;
    Blob bytes;
};

// An unknown key cannot be decoded.
Recoded recode(Kind kind, int16_t key, int16_t version, Bytes body);

// Something in every field that the version has; with `nulls`, null in those that may be null.
Blob filled(Kind kind, int16_t key, int16_t version, bool nulls);

}  // namespace pinflow::kafka
