// A new file that is written from its beginning to its end. Large ones go around the page cache: the kernel's copy into
// it is a fifth of all that a busy table costs, and pushes out what others read. One thread at a time.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>

#include "base/disk.h"

namespace pinflow::engine {

class FileOutput {
  public:
    // The file at `path` is replaced; it is opened by the first append().
    void begin(const std::filesystem::path& path);
    // All pieces, one after the other. The first call's size decides whether the file is a large one.
    Result<> append(std::span<const Bytes> pieces);
    Result<> finish();  // nothing was appended: there is no file

    uint64_t size_bytes() const { return size_; }

  private:
    Result<> open(bool large);
    Result<> stage(Bytes piece);
    Result<> write_staged(size_t count);
    bool set_direct(bool direct);

    struct Free {
        void operator()(std::byte* bytes) const { std::free(bytes); }
    };

    std::filesystem::path path_;
    std::unique_ptr<File> file_;
    uint64_t size_ = 0;
    uint64_t written_ = 0;  // of them, the others are staged
    bool direct_ = false;
    std::unique_ptr<std::byte, Free> staging_;
};

}  // namespace pinflow::engine
