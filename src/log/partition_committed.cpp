// What readers of committed records see: KIP-98's read_committed.
#include <algorithm>

#include "log/batch.h"
#include "log/partition.h"

namespace pinflow::log {
namespace {

// Takes the batches of aborted transactions out of `batches`.
void remove_aborted(std::vector<std::byte>& batches, const std::vector<AbortedTransaction>& aborted) {
    size_t kept = 0;
    for (size_t at = 0; at + batch_header_size <= batches.size();) {
        const BatchHeader header = BatchHeader::load(batches.data() + at);
        const size_t size = std::min(header.size(), batches.size() - at);
        const bool gone = header.transactional() && std::ranges::any_of(aborted, [&](const AbortedTransaction& each) {
                              return each.producer_id == header.producer_id &&
                                     header.base_offset >= each.first_offset && header.base_offset <= each.last_offset;
                          });
        if (!gone) {
            if (kept != at) std::memmove(batches.data() + kept, batches.data() + at, size);
            kept += size;
        }
        at += size;
    }
    batches.resize(kept);
}

}  // namespace

Result<std::vector<AbortedTransaction>> Partition::aborted(int64_t from, int64_t to) const {
    return store_.aborted(from, to);
}

Result<Fetched> Partition::read_committed(int64_t offset, size_t max_bytes, std::vector<std::byte> memory) const {
    PINFLOW_ASSIGN(Fetched fetched, read(offset, max_bytes, std::move(memory), Isolation::committed));
    if (fetched.batches.empty()) return fetched;
    const int64_t first = BatchHeader::load(fetched.batches.data()).base_offset;
    PINFLOW_ASSIGN(const auto gone, aborted(first, fetched.next_offset));
    if (!gone.empty()) remove_aborted(fetched.batches, gone);
    return fetched;
}

}  // namespace pinflow::log
