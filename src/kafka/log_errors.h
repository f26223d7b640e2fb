// The log's errors in Kafka's words.
#pragma once
#include "kafka/errors.h"
#include "log/append_error.h"

namespace pinflow::kafka {

ErrorCode append_code(const log::AppendError& error);  // nothing was stored
ErrorCode ack_code(const Error& error);                // it was appended, and may be lost
ErrorCode read_code(const Error& error);

}  // namespace pinflow::kafka
