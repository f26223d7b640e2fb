// What ApiVersions answers, from the list of APIs.
#pragma once
#include <vector>

#include "kafka/messages_meta.h"

namespace pinflow::kafka {

// Offered APIs by key. Features stay empty: with transaction.version, Java clients would turn to a newer transaction
// protocol than the versions allow.
ApiVersionsResponse offered_versions();

// To an ApiVersions request of a version that is not offered; to be encoded as version 0, which every client can read.
// The one entry tells which version to ask with. (Any other unsupported request ends the connection.)
ApiVersionsResponse ask_with_another_version();

}  // namespace pinflow::kafka
