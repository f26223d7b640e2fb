#include "connect/registry_file.h"

// What can be read is written so that it reads the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow::connect;
    const auto registry = read_registry({reinterpret_cast<const char*>(data), size});
    if (!registry) return 0;
    const auto again = read_registry(write_registry(*registry));
    if (!again || *again != *registry) __builtin_trap();
    return 0;
}
