// Where an HTTP door listens, as the configuration writes it: "127.0.0.1:8082", "https://0.0.0.0:8443", or several of
// them with commas between.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace pinflow::app {

struct Listener {
    bool tls = false;
    std::string address;  // HOST:PORT
};

// `setting` is what an error calls it: "listen.http".
Result<std::vector<Listener>> parse_listeners(std::string_view text, std::string_view setting);

}  // namespace pinflow::app
