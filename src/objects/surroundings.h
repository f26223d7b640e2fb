// What a store finds around it: passed in, so that tests decide on time, environment and files.
#pragma once
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/disk.h"

namespace pinflow::objects {

struct Surroundings {
    Disk& disk = posix_disk();
    Clock& clock = system_clock();
    // Variables of the environment, as AWS_PROFILE; nothing: not set.
    std::function<std::optional<std::string>(const std::string& name)> environment = [](const std::string&) {
        return std::nullopt;
    };
    std::stop_token stop = {};  // calls under way end soon with Code::cancelled
    // Between two tries; nothing: really wait.
    std::function<void(int64_t ms)> wait = {};

    std::string variable(const std::string& name) const { return environment(name).value_or(""); }
};

}  // namespace pinflow::objects
