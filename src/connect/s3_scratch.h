// A file on the way to or from an object; it goes when it is done with.
#pragma once
#include <filesystem>
#include <functional>
#include <vector>

#include "base/disk.h"

namespace pinflow::connect {

struct S3Scratch {
    Disk& disk;
    const std::filesystem::path path;
    S3Scratch(Disk& on, std::filesystem::path at) : disk(on), path(std::move(at)) {}
    S3Scratch(const S3Scratch&) = delete;
    S3Scratch& operator=(const S3Scratch&) = delete;
    ~S3Scratch() { (void)disk.remove(path); }

    Result<> read(const std::function<Result<>(Bytes)>& take) const {
        PINFLOW_ASSIGN(auto file, disk.open(path, Disk::Mode::read));
        std::vector<std::byte> buffer(256 << 10);
        for (uint64_t at = 0;;) {
            PINFLOW_ASSIGN(const size_t got, file->read_at(buffer, at));
            if (got == 0) return {};
            PINFLOW_TRY(take(std::span(buffer).first(got)));
            at += got;
        }
    }
};

}  // namespace pinflow::connect
