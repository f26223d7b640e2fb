// The two DuckDB instances: the flow's, which makes tables, and people's, which answers questions. Neither waits for
// the other's memory or threads.
#pragma once
#include <memory>

#include "app/config.h"
#include "engine/database.h"

namespace pinflow::app {

int threads_or_cores(int configured);  // 0: as many as the machine has cores
int tables_at_a_time(const Config& config);
// `lake`: the folders that tables are read from and written to.
Result<std::shared_ptr<engine::Database>> open_flow(const Config& config,
                                                    const std::vector<std::filesystem::path>& lake);
Result<std::shared_ptr<engine::Database>> open_people(const Config& config,
                                                      const std::vector<std::filesystem::path>& lake);
// Without links and dots, as they are compared; not_found: one is not there.
Result<std::vector<std::filesystem::path>> canonical_folders(const std::vector<std::filesystem::path>& folders);

}  // namespace pinflow::app
