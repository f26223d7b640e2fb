#include "engine/file_output.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>

namespace pinflow::engine {
namespace {

constexpr size_t block_bytes = 4096;  // addresses, lengths and positions that every disk takes
constexpr size_t staging_bytes = 1 << 20;
constexpr uint64_t large_bytes = 4 << 20;  // smaller files are read or merged soon

}  // namespace

void FileOutput::begin(const std::filesystem::path& path) {
    path_ = path;
    file_.reset();
    size_ = 0;
    written_ = 0;
    direct_ = false;
}

Result<> FileOutput::append(std::span<const Bytes> pieces) {
    uint64_t added = 0;
    for (const Bytes piece : pieces) added += piece.size();
    if (!file_) PINFLOW_TRY(open(added >= large_bytes));
    if (direct_) {
        for (const Bytes piece : pieces) PINFLOW_TRY(stage(piece));
        return {};
    }
    PINFLOW_TRY(file_->write_at(pieces, size_));
    size_ += added;
    return {};
}

Result<> FileOutput::finish() {
    if (direct_) {
        const size_t staged = size_ - written_;
        const size_t whole = staged / block_bytes * block_bytes;
        PINFLOW_TRY(write_staged(whole));
        set_direct(false);
        const Bytes rest{staging_.get() + whole, staged - whole};
        PINFLOW_TRY(file_->write_at({&rest, 1}, written_));
    }
    file_.reset();
    return {};
}

Result<> FileOutput::open(bool large) {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    PINFLOW_ASSIGN(file_, posix_disk().open(path_, Disk::Mode::create_new));
    direct_ = large && set_direct(true);
    if (direct_ && !staging_) staging_.reset(static_cast<std::byte*>(std::aligned_alloc(block_bytes, staging_bytes)));
    return {};
}

Result<> FileOutput::stage(Bytes piece) {
    while (!piece.empty()) {
        const size_t staged = size_ - written_;
        const size_t count = std::min(piece.size(), staging_bytes - staged);
        std::memcpy(staging_.get() + staged, piece.data(), count);
        size_ += count;
        piece = piece.subspan(count);
        if (staged + count == staging_bytes) PINFLOW_TRY(write_staged(staging_bytes));
    }
    return {};
}

// The first `count` of the staged bytes. A file system that takes no such writes may say so only here: then the usual
// way is tried before it counts as failed.
Result<> FileOutput::write_staged(size_t count) {
    if (count == 0) return {};
    const Bytes staged{staging_.get(), count};
    if (!file_->write_at({&staged, 1}, written_)) {
        set_direct(false);
        PINFLOW_TRY(file_->write_at({&staged, 1}, written_));
    }
    written_ += count;
    return {};
}

bool FileOutput::set_direct(bool direct) {
    const int flags = ::fcntl(file_->descriptor(), F_GETFL);
    return ::fcntl(file_->descriptor(), F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

}  // namespace pinflow::engine
