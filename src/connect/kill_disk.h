// A disk that dies at a chosen call: by a kill, after which what was written is there, or by a power loss.
#pragma once
#include "base/faulty_disk.h"

namespace pinflow::connect {

class KillDisk final : public Disk {
  public:
    explicit KillDisk(uint64_t seed) : disk_(seed) {}

    // So many calls are done, the next one is not.
    void die_after(int64_t calls, bool power_loss) {
        left_ = calls;
        power_loss_ = power_loss;
    }
    bool is_dead() const { return dead_; }
    void fail_syncs(int count) {
        disk_.keep_pages_of_failed_syncs(true);
        disk_.fail_syncs(count);
    }
    void fill_up(bool full) { disk_.limit_bytes(full ? disk_.used_bytes() : UINT64_MAX); }
    void revive() {
        if (dead_ && power_loss_) disk_.restart();
        dead_ = false;
        left_ = INT64_MAX;
    }

    Result<std::unique_ptr<File>> open(const std::filesystem::path& path, Mode mode) override {
        PINFLOW_TRY(alive());
        PINFLOW_ASSIGN(auto file, disk_.open(path, mode));
        return std::make_unique<KillFile>(*this, std::move(file));
    }
    Result<> make_directories(const std::filesystem::path& path) override {
        PINFLOW_TRY(alive());
        return disk_.make_directories(path);
    }
    Result<> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        PINFLOW_TRY(alive());
        return disk_.rename(from, to);
    }
    Result<> link(const std::filesystem::path& existing, const std::filesystem::path& name) override {
        PINFLOW_TRY(alive());
        return disk_.link(existing, name);
    }
    Result<> remove(const std::filesystem::path& path) override {
        PINFLOW_TRY(alive());
        return disk_.remove(path);
    }
    Result<std::vector<Entry>> list(const std::filesystem::path& folder) override {
        PINFLOW_TRY(alive());
        return disk_.list(folder);
    }
    Result<> sync_directory(const std::filesystem::path& folder) override {
        PINFLOW_TRY(alive());
        return disk_.sync_directory(folder);
    }

  private:
    class KillFile final : public File {
      public:
        KillFile(KillDisk& disk, std::unique_ptr<File> file) : disk_(disk), file_(std::move(file)) {}
        Result<size_t> read_at(MutableBytes into, uint64_t position) override {
            PINFLOW_TRY(disk_.alive());
            return file_->read_at(into, position);
        }
        Result<> write_at(std::span<const Bytes> pieces, uint64_t position) override {
            PINFLOW_TRY(disk_.alive());
            return file_->write_at(pieces, position);
        }
        Result<> sync() override {
            PINFLOW_TRY(disk_.alive());
            return file_->sync();
        }
        Result<> resize(uint64_t size) override {
            PINFLOW_TRY(disk_.alive());
            return file_->resize(size);
        }
        Result<> allocate(uint64_t size) override {
            PINFLOW_TRY(disk_.alive());
            return file_->allocate(size);
        }
        Result<uint64_t> size() override {
            PINFLOW_TRY(disk_.alive());
            return file_->size();
        }
        int descriptor() const override { return -1; }

      private:
        KillDisk& disk_;
        std::unique_ptr<File> file_;
    };

    Result<> alive() {
        if (!dead_ && left_-- <= 0) {
            dead_ = true;
            if (power_loss_) disk_.power_loss();
        }
        if (dead_) return fail(Code::io, "the process is gone");
        return {};
    }

    FaultyDisk disk_;
    int64_t left_ = INT64_MAX;
    bool power_loss_ = false;
    bool dead_ = false;
};

}  // namespace pinflow::connect
