#include "base/error.h"

#include <cerrno>
#include <cstring>

namespace pinflow {

Error system_error(std::string_view what) {
    const int number = errno;
    Code code = Code::io;
    if (number == ENOSPC || number == EDQUOT) code = Code::disk_full;
    if (number == ENOENT) code = Code::not_found;
    if (number == EEXIST) code = Code::exists;
    return {code, fmt::format("{}: {}", what, std::strerror(number))};
}

std::string_view name(Code code) {
    switch (code) {
        case Code::invalid:
            return "invalid";
        case Code::not_found:
            return "not_found";
        case Code::exists:
            return "exists";
        case Code::out_of_range:
            return "out_of_range";
        case Code::too_large:
            return "too_large";
        case Code::corrupt:
            return "corrupt";
        case Code::disk_full:
            return "disk_full";
        case Code::io:
            return "io";
        case Code::unavailable:
            return "unavailable";
        case Code::conflict:
            return "conflict";
        case Code::timeout:
            return "timeout";
        case Code::cancelled:
            return "cancelled";
        case Code::unsupported:
            return "unsupported";
        case Code::internal:
            return "internal";
    }
    return "internal";
}

}  // namespace pinflow
