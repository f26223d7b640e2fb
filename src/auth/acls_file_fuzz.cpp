// The ACLs' file: what can be read is written and read again as the same.
#include <cstdlib>

#include "auth/acls_file.h"
#include "base/bytes.h"

using namespace pinflow;
using namespace pinflow::auth;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto read = read_acls(as_text(std::as_bytes(std::span(data, size))));
    if (!read) return 0;
    const auto again = read_acls(write_acls(*read));
    if (!again || *again != *read) std::abort();
    return 0;
}
