#include "connect/bodies.h"

// Whatever the body, it is understood or refused as the client's mistake.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow::connect;
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    const auto check = [](const auto& answer) {
        if (!answer && (answer.error().status != 400 || answer.error().message.empty())) __builtin_trap();
    };
    check(read_create(body));
    check(read_config(body));
    check(read_offsets(body));
    return 0;
}
