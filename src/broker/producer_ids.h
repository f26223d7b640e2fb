// Producer ids: numbers that no two producers ever share. They are reserved in blocks: a block counts as given once its
// end is on disk, so a stop of any kind loses at most the rest of one block and never gives an id twice.
// File: the first id that is not reserved, as a decimal number and a line feed.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>

#include "base/disk.h"
#include "log/log.h"

namespace pinflow::broker {

class ProducerIds {
  public:
    static constexpr int64_t block_size = 1000;  // Kafka's producer.id block

    // `log`: ids that its partitions know are never given, even if the file was lost.
    static Result<std::unique_ptr<ProducerIds>> open(Disk& disk, std::filesystem::path file, const log::Log& log);

    // Any thread. Waits for the disk once a block.
    Result<int64_t> next();
    void never_below(int64_t first);  // somebody has the ids before

  private:
    ProducerIds(Disk& disk, std::filesystem::path file, int64_t first);

    Disk& disk_;
    std::filesystem::path file_;
    std::mutex mutex_;
    int64_t next_;
    int64_t reserved_end_;
};

}  // namespace pinflow::broker
