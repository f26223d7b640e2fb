// Lines of a source folder: any bytes give an error or text that reads back as itself.
#include <cstdlib>

#include "emulator/python_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow::emulator;
    const auto once = to_python_json({reinterpret_cast<const char*>(data), size});
    if (!once) return 0;
    const auto twice = to_python_json(*once);
    if (!twice || *twice != *once) std::abort();
    return 0;
}
