// URLs and AWS's shared files: whatever stands there, an error or a meaning. The first byte decides which.
#include "objects/file_keys.h"
#include "objects/profile_file.h"
#include "objects/store.h"
#include "objects/url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow::objects;
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 4 == 0) (void)parse_url(text);
    if (data[0] % 4 == 1) (void)parse_profiles(text, SharedFile::credentials);
    if (data[0] % 4 == 2) (void)parse_profiles(text, SharedFile::config);
    if (data[0] % 4 != 3 || !check_key(text)) return 0;
    // A key's path stays below its folder, and gives the key back.
    std::string back;
    for (const auto& name : path_of_key(text)) {
        const auto segment = segment_of_name(name.native());
        if (!segment || name == ".." || name == "." || name == temporary_folder) __builtin_trap();
        back += segment->text + (segment->goes_on ? "" : "/");
    }
    if (back != std::string(text) + "/") __builtin_trap();
    return 0;
}
