// One process a data folder: the lock, and who holds it.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"

namespace pinflow::app {

struct Holder {
    pid_t pid = 0;
    std::string console;  // its console URL, empty while it starts
    std::string connect;  // of its Connect door, empty if that is closed
    std::string kafka;    // HOST:PORT of its first Kafka listener, empty if that door is closed
};

// Held as long as it lives; the kernel lets go of it even after kill -9.
class DataLock {
  public:
    // Creates the folder if it is missing. Refused with the holder's pid if another process has it.
    static Result<std::unique_ptr<DataLock>> take(const std::filesystem::path& folder);
    // For those who only read: many at once, while no process has the folder. Null if there is no lock file to hold.
    static Result<std::unique_ptr<DataLock>> share(const std::filesystem::path& folder);
    ~DataLock();
    DataLock(const DataLock&) = delete;
    DataLock& operator=(const DataLock&) = delete;

    struct Doors {
        std::string console, connect, kafka;  // as in Holder
    };
    Result<> announce(const Doors& doors);

  private:
    DataLock(int descriptor, bool owner) : descriptor_(descriptor), owner_(owner) {}
    int descriptor_;
    bool owner_;
};

// The process that holds `folder` now, if there is one.
std::optional<Holder> holder_of(const std::filesystem::path& folder);

}  // namespace pinflow::app
