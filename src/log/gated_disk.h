// For tests: a Disk whose operations wait at a gate, so that a test knows who waits for whom.
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/disk.h"

namespace pinflow::log {

class GatedDisk final : public Disk {
  public:
    explicit GatedDisk(Disk& disk) : disk_(disk) {}

    // Operations ("open", "read", "write", "sync", "sync_directory", "rename", "remove") on paths that hold `part`
    // wait.
    void shut(std::string_view operation, std::string_view part) {
        const std::scoped_lock lock(mutex_);
        operation_ = operation;
        part_ = part;
        waiting_ = 0;
        changed_.notify_all();  // who waited at another gate goes on
    }
    void open_gate() {
        const std::scoped_lock lock(mutex_);
        operation_.clear();
        changed_.notify_all();
    }
    std::thread::id last_thread_at(const std::string& operation) {
        const std::scoped_lock lock(mutex_);
        return seen_[operation].last;
    }
    int count(const std::string& operation) {
        const std::scoped_lock lock(mutex_);
        return seen_[operation].count;
    }
    // False: nobody came in time.
    bool wait_for_somebody() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return waiting_ > 0; });
    }

    Result<std::unique_ptr<File>> open(const std::filesystem::path& path, Mode mode) override {
        pass("open", path);
        PINFLOW_ASSIGN(auto file, disk_.open(path, mode));
        return std::make_unique<GatedFile>(*this, path, std::move(file));
    }
    Result<> make_directories(const std::filesystem::path& path) override { return disk_.make_directories(path); }
    Result<> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        pass("rename", from);
        return disk_.rename(from, to);
    }
    Result<> link(const std::filesystem::path& existing, const std::filesystem::path& name) override {
        return disk_.link(existing, name);
    }
    Result<> remove(const std::filesystem::path& path) override {
        pass("remove", path);
        return disk_.remove(path);
    }
    Result<std::vector<Entry>> list(const std::filesystem::path& folder) override { return disk_.list(folder); }
    Result<> sync_directory(const std::filesystem::path& folder) override {
        pass("sync_directory", folder);
        return disk_.sync_directory(folder);
    }

  private:
    class GatedFile final : public File {
      public:
        GatedFile(GatedDisk& disk, std::filesystem::path path, std::unique_ptr<File> file)
            : disk_(disk), path_(std::move(path)), file_(std::move(file)) {}
        Result<size_t> read_at(MutableBytes into, uint64_t position) override {
            disk_.pass("read", path_);
            return file_->read_at(into, position);
        }
        Result<> write_at(std::span<const Bytes> pieces, uint64_t position) override {
            disk_.pass("write", path_);
            return file_->write_at(pieces, position);
        }
        Result<> sync() override {
            disk_.pass("sync", path_);
            return file_->sync();
        }
        Result<> resize(uint64_t size) override { return file_->resize(size); }
        Result<> allocate(uint64_t size) override { return file_->allocate(size); }
        Result<uint64_t> size() override { return file_->size(); }
        int descriptor() const override { return file_->descriptor(); }

      private:
        GatedDisk& disk_;
        std::filesystem::path path_;
        std::unique_ptr<File> file_;
    };

    void pass(std::string_view operation, const std::filesystem::path& path) {
        std::unique_lock lock(mutex_);
        Seen& seen = seen_[std::string(operation)];
        seen = {std::this_thread::get_id(), seen.count + 1};
        const auto shut_out = [&] { return operation == operation_ && path.native().find(part_) != std::string::npos; };
        if (!shut_out() || waiting_ > 0) return;
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return !shut_out(); });
    }

    struct Seen {
        std::thread::id last;
        int count = 0;
    };

    Disk& disk_;
    std::mutex mutex_;
    std::map<std::string, Seen> seen_;
    std::condition_variable changed_;
    std::string operation_;
    std::string part_;
    int waiting_ = 0;
};

}  // namespace pinflow::log
