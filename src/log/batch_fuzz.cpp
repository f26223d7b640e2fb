// Any bytes as record batches: the readers keep to their lengths; what check_batch() takes is read to its end or named
// corrupt; markers and producer snapshots are read or refused; and the scanner finds the same batches in a file as a
// walk over the bytes.
#include <cstdlib>
#include <cstring>

#include "base/crc32c.h"
#include "base/faulty_disk.h"
#include "log/batch.h"
#include "log/batch_scanner.h"
#include "log/compression.h"
#include "log/control_batch.h"
#include "log/producer_snapshot.h"

namespace {

using namespace pinflow;

void check(bool holds) {
    if (!holds) std::abort();
}

void read_all(Bytes batches) {
    log::RecordReader reader(batches);
    log::Record record;
    while (reader.next(record).value_or(false)) {
        Bytes headers = record.raw_headers;
        for (int32_t i = 0; i < record.header_count; ++i)
            if (!log::next_header(headers)) break;
    }
}

// The fuzzer cannot guess a CRC: what it wrote behind the length is sealed for it.
void seal_all(MutableBytes bytes) {
    while (bytes.size() >= log::batch_header_size) {
        const auto header = log::BatchHeader::load(bytes.data());
        if (!log::check_header(header) || header.size() > bytes.size()) return;
        log::seal_batch(bytes.first(header.size()));
        bytes = bytes.subspan(header.size());
    }
}

void scan(Bytes bytes) {
    FaultyDisk disk(1);
    const std::shared_ptr<File> file = std::move(*disk.open("/f", Disk::Mode::write));
    check(file->write_at(std::span(&bytes, 1), 0).has_value());
    log::BatchScanner scanner(*file, 0, bytes.size());
    while (!scanner.at_end()) {
        const auto batch = scanner.peek();
        check(batch.has_value());
        check(batch->has_value() == log::check_batch(bytes.subspan(scanner.position())).has_value());
        if (*batch) {
            scanner.skip(log::BatchHeader::load((*batch)->data()).size());
            continue;
        }
        const auto next = scanner.find_next(0);
        check(next.has_value());
        if (!*next) return;
        check(**next > scanner.position() && log::check_batch(bytes.subspan(**next)).has_value());
        scanner.move_to(**next);
    }
}

// What is taken can be written and read again.
void read_snapshot(std::vector<std::byte> bytes) {
    if (bytes.size() >= 10) store_big_endian(bytes.data() + 2, crc32c(Bytes(bytes).subspan(6)));
    const auto state = log::read_producer_snapshot(bytes);
    if (!state) return;
    const auto again = log::read_producer_snapshot(as_bytes(log::write_producer_snapshot(*state)));
    check(again && again->size() == state->size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) return 0;
    std::vector<std::byte> bytes(size - 1);
    std::memcpy(bytes.data(), data + 1, size - 1);
    if (data[0] & 1) seal_all(bytes);
    read_all(bytes);
    scan(bytes);
    (void)log::read_marker(bytes);
    read_snapshot(bytes);
    std::vector<std::byte> into;
    (void)log::decompress(static_cast<log::Compression>((data[0] >> 1) % 5), bytes, into, 1 << 20);
    return 0;
}
