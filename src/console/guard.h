// What keeps pages of other sites from making calls in the name of who looks at them.
#pragma once
#include <string_view>

#include "base/error.h"
#include "net/http.h"

namespace pinflow::console {

// A page of another site cannot send this type without being asked first, and the console never agrees.
Result<> check_json(const net::Request& request);
// A page of another site can have its own name lead here, and then a browser takes the console for that site. Names
// that the whole world can make up have a dot. `what` is managed by the call: "users".
Result<> check_host(const net::Request& request, std::string_view what);

}  // namespace pinflow::console
