// What the catalog is told about topics, tables and folders.
#pragma once
#include "app/config.h"
#include "app/lake_place.h"
#include "sink/catalog.h"
#include "sink/tables.h"

namespace pinflow::app {

// The topics and tables outlive the catalog.
sink::CatalogOptions catalog_options(const Config& config, const LakePlace& lake, const broker::Topics& topics,
                                     const sink::Tables& tables);

}  // namespace pinflow::app
