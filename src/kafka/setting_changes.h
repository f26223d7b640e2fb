// Changes of settings that clients ask for, of a topic or of the broker, in the words of IncrementalAlterConfigs.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kafka/errors.h"
#include "kafka/topic_settings.h"

namespace pinflow::kafka {

enum class Operation : int8_t { set = 0, remove = 1, append = 2, subtract = 3 };

struct Change {
    std::string name;
    Operation operation;
    std::optional<std::string> value;
};

struct Alteration {
    int8_t type;  // of what is altered
    std::string name;
    std::vector<Change> changes;
    bool replace;  // what is not among the changes falls back to its default
};

struct Outcome {
    ErrorCode code = ErrorCode::none;
    std::optional<std::string> message;
};

// Can it be understood? AlterConfigs may name a setting twice, and the last value counts (as before Kafka 3): its
// clients send back all that was described to them, and then what they change.
Outcome check_changes(const Alteration& wanted);

// `setting` may be null, a name that nobody knows. `now` says what is in force, for lists that are added to.
Result<> apply(const Change& change, const Setting* setting, const std::function<std::string()>& now,
               SettingMap& settings);

}  // namespace pinflow::kafka
