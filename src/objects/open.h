// The front door: a store for a URL.
#pragma once
#include <memory>
#include <string_view>

#include "objects/store.h"
#include "objects/surroundings.h"

namespace pinflow::objects {

// Asks nobody yet: what is wrong with rights or names is told by the first call.
Result<std::unique_ptr<ObjectStore>> open_store(std::string_view url, const Surroundings& around);

}  // namespace pinflow::objects
