#include "app/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

fs::path lock_file(const fs::path& folder) {
    return folder / "pinflow.pid";
}

constexpr std::string_view closed = "-";

// The file holds "PID CONSOLE_URL CONNECT_URL KAFKA\n"; doors that are not open are "-".
Holder read_holder(const fs::path& folder) {
    Holder holder;
    const auto text = read_file(posix_disk(), lock_file(folder));
    if (!text) return holder;
    const auto words = split(trim(*text), ' ');
    holder.pid = static_cast<pid_t>(parse_int(words[0]).value_or(0));
    const auto door = [&](size_t place) {
        return words.size() > place && words[place] != closed ? std::string(words[place]) : std::string();
    };
    holder.console = door(1);
    holder.connect = door(2);
    holder.kafka = door(3);
    return holder;
}

std::unexpected<Error> refused(const fs::path& folder, int descriptor) {
    if (::flock(descriptor, LOCK_SH | LOCK_NB) == 0) {
        return fail(Code::conflict,
                    "the data folder {} is being read by a command that was given --data; try again when it is done",
                    folder.string());
    }
    return fail(
        Code::conflict,
        "the data folder {} is in use by the Pinflow with pid {}; stop that one, or name another folder with --data",
        folder.string(), read_holder(folder).pid);
}

}  // namespace

Result<std::unique_ptr<DataLock>> DataLock::take(const fs::path& folder) {
    PINFLOW_TRY(posix_disk().make_directories(folder));
    const int descriptor = ::open(lock_file(folder).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        Error error = system_error("open " + lock_file(folder).string());
        error.message += "; the data folder must be writable (--data names another)";
        return fail(std::move(error));
    }
    auto lock = std::unique_ptr<DataLock>(new DataLock(descriptor, false));
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) return refused(folder, descriptor);
    lock->owner_ = true;
    PINFLOW_TRY(lock->announce({}));
    return lock;
}

Result<std::unique_ptr<DataLock>> DataLock::share(const fs::path& folder) {
    const int descriptor = ::open(lock_file(folder).c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return nullptr;
    auto lock = std::unique_ptr<DataLock>(new DataLock(descriptor, false));
    if (::flock(descriptor, LOCK_SH | LOCK_NB) != 0) return refused(folder, descriptor);
    return lock;
}

DataLock::~DataLock() {
    if (owner_) (void)::ftruncate(descriptor_, 0);
    ::close(descriptor_);
}

Result<> DataLock::announce(const Doors& doors) {
    std::string line = std::to_string(::getpid());
    for (const auto& door : {doors.console, doors.connect, doors.kafka})
        line += fmt::format(" {}", door.empty() ? closed : std::string_view(door));
    line += '\n';
    if (::ftruncate(descriptor_, 0) != 0 ||
        ::pwrite(descriptor_, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size()))
        return fail(system_error("write the data folder's lock file"));
    return {};
}

std::optional<Holder> holder_of(const fs::path& folder) {
    const int descriptor = ::open(lock_file(folder).c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return std::nullopt;
    const bool is_free = ::flock(descriptor, LOCK_SH | LOCK_NB) == 0;
    ::close(descriptor);
    if (is_free) return std::nullopt;
    return read_holder(folder);
}

}  // namespace pinflow::app
