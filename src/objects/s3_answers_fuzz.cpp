// XML that a store, or who stands before it, may answer with; and JSON of metadata services.
#include "objects/credentials.h"
#include "objects/s3_answers.h"
#include "objects/s3_error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow::objects;
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto page = read_list(text, data[0] % 2 == 0 ? "" : "p/");
    if (page)
        for (const Info& object : page->objects)
            if (object.key.empty()) __builtin_trap();
    (void)read_s3_error({.status = 100 + data[0] * 2, .headers = {}, .body = text}, "GET s3://b/k");
    (void)read_metadata_credentials(text);
    return 0;
}
