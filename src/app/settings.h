// The broker's settings at a start: what is configured, and over it what was set while Pinflow ran before.
#pragma once
#include <memory>

#include "app/config.h"
#include "broker/broker_settings.h"
#include "log/config.h"

namespace pinflow::app {

struct Settings {
    log::Config configured;  // of topics that do not set something themselves
    std::unique_ptr<broker::BrokerSettings> set;
    // Of both:
    log::Config topic_defaults;
    int64_t producer_expiration_ms = 0;
};

// Reads DIR/broker_settings.json; what cannot be is an error that names the file and the setting.
Result<Settings> open_settings(const Config& config);

}  // namespace pinflow::app
