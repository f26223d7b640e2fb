// What a door's answer means: how many of the posted records it took.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/requests.h"

namespace pinflow::emulator {

struct Verdict {
    int64_t accepted = 0;  // records
    std::string why;       // what is wrong, if not all were
};

// `status` is the HTTP status. A 200 counts only if its body is the door's own: REST Proxy answers 200 with an error
// code in place of a record's offset, Kinesis with an ErrorCode in place of a sequence number.
Verdict judge(const Post& post, int status, std::string_view body);

inline bool may_retry(int status) {
    return status == 0 || status == 429 || status >= 500;
}

}  // namespace pinflow::emulator
