// Lets SQL read a parsed batch: `SELECT … FROM input`, columns the fields and then
//   _topic VARCHAR, _partition INTEGER, _offset BIGINT, _index INTEGER (place in an array of objects, else 0),
//   _time TIMESTAMPTZ (the record's), _record UINTEGER (which record of the batch, counted from 0 in order of add()).
// Only columns that are named are read, without a copy. Any number of statements may read the batch one after the
// other; prepared ones see what the batch holds when they run. A field named like one of these columns is an error.
#pragma once
#include <string>

#include "base/error.h"
#include "engine/connection.h"
#include "engine/json_columns.h"

namespace pinflow::engine {

// Makes `name` a temporary view of this connection over the batch (an earlier one of that name is replaced).
// The batch must outlive the connection's statements. Reading goes on while nobody adds or clears.
Result<> register_batch(Connection& connection, const std::string& name, JsonColumns& batch);

}  // namespace pinflow::engine
