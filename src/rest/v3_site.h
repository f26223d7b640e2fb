// What API v3 of the REST Proxy looks at and changes. What the settings of topics and of the broker are the Kafka door
// knows; who puts both together hands it in. All of it outlives every exchange.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/workers.h"
#include "broker/groups.h"
#include "broker/topics.h"

namespace pinflow::auth {
class Acls;
}

namespace pinflow::rest {

// A setting of a topic or of the broker as clients see it, in Kafka's words. Sources are of static lifetime.
struct V3Setting {
    struct Synonym {
        std::string name;
        std::optional<std::string> value;
        std::string_view source;
    };
    std::string name;
    std::optional<std::string> value;  // none: it is sensitive
    bool is_default = true;
    bool is_read_only = false;
    bool is_sensitive = false;
    std::string_view source;  // "DEFAULT_CONFIG"
    std::vector<Synonym> synonyms;
};

struct V3Site {
    broker::Topics& topics;
    std::shared_ptr<broker::Groups> groups;
    Clock& clock;
    Workers* workers = nullptr;  // for what waits for the disk; null: the calling thread
    std::string cluster_id;
    int32_t broker_id = 1;
    int64_t stream_age_ms = 24 * 3'600'000;  // records of a stream that is older are refused
    // Of the Kafka door: null where it is closed.
    std::function<std::pair<std::string, int32_t>()> broker_address = {};
    std::function<auth::Acls*()> acls = {};  // null, or gives null: everybody may do everything
    // These four are never null once somebody asks for settings.
    std::function<std::vector<V3Setting>(const broker::Topic&)> topic_settings = {};
    std::function<std::vector<V3Setting>()> broker_settings = {};
    std::function<bool(std::string_view)> is_topic_setting = {};
    // Can a topic have all of these?
    std::function<Result<>(const std::map<std::string, std::string>&)> check_topic_settings = {};
};

}  // namespace pinflow::rest
