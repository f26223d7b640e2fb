// A disk that fails when a test wants it to.
#pragma once
#include <atomic>

#include "base/disk.h"

namespace pinflow::sink {

// Counts the calls that change something and fails them from number `first` on, `count` of them.
class FailingDisk final : public Disk {
  public:
    FailingDisk(int first, int count) : first_(first), count_(count) {}
    int calls() const { return calls_; }

    Result<std::unique_ptr<File>> open(const std::filesystem::path& path, Mode mode) override {
        if (mode != Mode::read) PINFLOW_TRY(step());
        PINFLOW_ASSIGN(auto file, posix_disk().open(path, mode));
        return std::make_unique<FailingFile>(*this, std::move(file));
    }
    Result<> make_directories(const std::filesystem::path& path) override {
        PINFLOW_TRY(step());
        return posix_disk().make_directories(path);
    }
    Result<> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        PINFLOW_TRY(step());
        return posix_disk().rename(from, to);
    }
    Result<> link(const std::filesystem::path& existing, const std::filesystem::path& name) override {
        PINFLOW_TRY(step());
        return posix_disk().link(existing, name);
    }
    Result<> remove(const std::filesystem::path& path) override {
        PINFLOW_TRY(step());
        return posix_disk().remove(path);
    }
    Result<std::vector<Entry>> list(const std::filesystem::path& folder) override { return posix_disk().list(folder); }
    Result<> sync_directory(const std::filesystem::path& folder) override {
        PINFLOW_TRY(step());
        return posix_disk().sync_directory(folder);
    }

  private:
    class FailingFile final : public File {
      public:
        FailingFile(FailingDisk& disk, std::unique_ptr<File> file) : disk_(disk), file_(std::move(file)) {}
        Result<size_t> read_at(MutableBytes into, uint64_t position) override { return file_->read_at(into, position); }
        Result<> write_at(std::span<const Bytes> pieces, uint64_t position) override {
            PINFLOW_TRY(disk_.step());
            return file_->write_at(pieces, position);
        }
        Result<> sync() override {
            PINFLOW_TRY(disk_.step());
            return file_->sync();
        }
        Result<> resize(uint64_t size) override { return file_->resize(size); }
        Result<> allocate(uint64_t size) override { return file_->allocate(size); }
        Result<uint64_t> size() override { return file_->size(); }
        int descriptor() const override { return file_->descriptor(); }

      private:
        FailingDisk& disk_;
        std::unique_ptr<File> file_;
    };

    Result<> step() {
        const int call = ++calls_;
        if (call < first_ || call >= first_ + count_) return {};
        return fail(Code::io, "the disk fails at call {}", call);
    }

    const int first_;
    const int count_;
    std::atomic<int> calls_ = 0;
};

inline constexpr int never = 1 << 20;
inline constexpr int for_ever = 1 << 20;

}  // namespace pinflow::sink
