// Stored bytes that do not match their checksum or format: where, so that a person can find them. Thread-safe.
#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace pinflow::log {

struct Damage {
    std::string topic;
    int32_t partition = 0;
    int64_t offset = 0;     // the first offset that cannot be read
    uint64_t position = 0;  // in the file
    std::string file;
    std::string message;
    // False: it lay behind the last point known to be durable, so most likely a power loss tore records that were never
    // acked; what follows them was kept.
    bool sure = true;
};

class DamageList {
  public:
    void add(Damage damage);  // once a place; also goes to the program's log
    std::vector<Damage> list() const;
    void forget(const std::string& topic, int32_t partition);

  private:
    mutable std::mutex mutex_;
    std::vector<Damage> damages_;
};

}  // namespace pinflow::log
