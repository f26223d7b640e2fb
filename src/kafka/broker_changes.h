// Settings of the broker that clients change while it runs (docs/broker_settings.md).
#pragma once
#include "kafka/setting_changes.h"

namespace pinflow::kafka {

// The resource without a name stands for all brokers.
Outcome check_broker_name(const Door& door, std::string_view name);

// Durable, and in force everywhere, when it returns; with `validate_only` nothing changes. Blocks on the disk.
Outcome alter_broker(Door& door, const Alteration& wanted, bool validate_only);

int64_t producer_expiration_ms(const broker::BrokerSettings::Values& set);  // producer.id.expiration.ms

// Puts in force what does not concern topics: once before the door opens, and after every change.
void use_settings(Door& door);

}  // namespace pinflow::kafka
