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

// A table property of the form "interval 7 days"; `otherwise` if it is missing or not understood.
int64_t interval_ms(const Metadata& metadata, const std::string& property, int64_t otherwise);
int64_t log_retention_ms(const Metadata& metadata);   // delta.logRetentionDuration, 30 days
int64_t file_retention_ms(const Metadata& metadata);  // delta.deletedFileRetentionDuration, 7 days

}  // namespace pinflow::delta
