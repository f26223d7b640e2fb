// Which tables we may read and write: those that need nothing we cannot do (docs/delta.md, "Tables made by others").
#pragma once
#include "delta/snapshot.h"

namespace pinflow::delta {

// unsupported, with every feature that stands in the way named.
Result<> check_readable(const Protocol& protocol, const Metadata& metadata);
Result<> check_writable(const Protocol& protocol, const Metadata& metadata);

// Do the data files know the columns under other names (delta.columnMapping.mode)? Only where the protocol says that
// readers must look.
bool maps_columns(const Protocol& protocol, const Metadata& metadata);
bool maps_columns_by_id(const Metadata& metadata);

// The protocol that a table of ours needs for its properties.
Protocol protocol_of_new_table(const Metadata& metadata);

// How long what the table needs no more is kept. What cannot be read keeps it for ever.
inline constexpr int64_t forever_ms = INT64_MAX / 4;                   // far enough from the end to reckon with
int64_t log_retention_ms(const Metadata& metadata);                    // delta.logRetentionDuration, 30 days
int64_t file_retention_ms(const Metadata& metadata);                   // delta.deletedFileRetentionDuration, 7 days
std::vector<std::string> unread_retentions(const Metadata& metadata);  // of these, with their values

}  // namespace pinflow::delta
