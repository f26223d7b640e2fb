#include "broker/producer_ids.h"

#include <algorithm>

#include "base/text.h"

namespace pinflow::broker {

ProducerIds::ProducerIds(Disk& disk, std::filesystem::path file, int64_t first)
    : disk_(disk), file_(std::move(file)), next_(first), reserved_end_(first) {}

Result<std::unique_ptr<ProducerIds>> ProducerIds::open(Disk& disk, std::filesystem::path file, const log::Log& log) {
    int64_t first = 0;
    if (auto text = read_file(disk, file)) {
        const auto stored = parse_int(trim(*text));
        if (!stored || *stored < 0 || *stored > INT64_MAX - block_size)
            return fail(Code::corrupt,
                        "{} should hold one whole number, the next producer id; write one there that is greater than "
                        "every id given before, or remove the file to have it found from the log",
                        file.string());
        first = *stored;
    } else if (text.error().code != Code::not_found) {
        return fail(std::move(text).error());
    }
    for (const auto& partition : log.partitions())
        for (const auto& [id, producer] : partition->producers())
            if (id < INT64_MAX - block_size) first = std::max(first, id + 1);
    return std::unique_ptr<ProducerIds>(new ProducerIds(disk, std::move(file), first));
}

void ProducerIds::never_below(int64_t first) {
    const std::scoped_lock lock(mutex_);
    if (first > next_) next_ = reserved_end_ = std::max(first, reserved_end_);
}

Result<int64_t> ProducerIds::next() {
    const std::scoped_lock lock(mutex_);
    if (next_ == reserved_end_) {
        if (next_ > INT64_MAX - block_size) return fail(Code::unavailable, "there are no producer ids left");
        PINFLOW_TRY(replace_file(disk_, file_, std::to_string(next_ + block_size) + "\n"));
        reserved_end_ = next_ + block_size;
    }
    return next_++;
}

}  // namespace pinflow::broker
