// The users' file: what can be read is written and read again as the same.
#include <cstdlib>

#include "auth/users_file.h"

using namespace pinflow;
using namespace pinflow::auth;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto read = read_users(as_text(std::as_bytes(std::span(data, size))));
    if (!read) return 0;
    const auto again = read_users(write_users(*read));
    if (!again || again->users != read->users || again->decoy_key != read->decoy_key) std::abort();
    return 0;
}
