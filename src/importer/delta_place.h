// A Delta table that is to be read only: in a folder of this machine, or in a store, for which a folder stands that
// holds copies of what is being read.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "delta/table.h"
#include "engine/database.h"
#include "objects/surroundings.h"

namespace pinflow::importer {

struct DeltaPlace {
    std::shared_ptr<const void> copies;  // goes last
    delta::Environment environment;      // its database may read the folder
    std::filesystem::path folder;

    bool is_in_store() const { return environment.stores != nullptr; }
};

struct ReadingSurroundings {
    objects::Surroundings around;
    std::filesystem::path scratch;  // copies go below it
};

Result<DeltaPlace> delta_folder(const std::filesystem::path& folder, const ReadingSurroundings& around);
// Nothing: no table is there.
Result<std::optional<DeltaPlace>> delta_in_store(objects::ObjectStore& store, const std::string& url,
                                                 const ReadingSurroundings& around);

}  // namespace pinflow::importer
