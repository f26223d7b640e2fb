// The few primitives of signing in beside base's hashes, over OpenSSL. Keys are bytes in strings.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/digest.h"

namespace pinflow::auth {

using pinflow::digest;
using pinflow::Hash;
using pinflow::hmac;
using pinflow::pbkdf2;
using pinflow::size_of;

// Takes as long for texts that differ early as for equal ones; their lengths are no secret.
bool is_same_secret(std::string_view a, std::string_view b);

std::string random_bytes(size_t count);
// Lower-case letters and digits, the same for the same bytes: about five bits of each are used.
std::string letters_of(std::string_view bytes, size_t count);

}  // namespace pinflow::auth
