#include "connect/s3_spill.h"

#include <ranges>

#include "base/uuid.h"

namespace pinflow::connect {
namespace {

constexpr size_t head_bytes = 16;       // of the piece before: where it is, how long it is
constexpr size_t read_bytes = 1 << 20;  // at once

}  // namespace

Result<std::unique_ptr<S3Spill>> S3Spill::make(Disk& disk, const std::filesystem::path& folder) {
    PINFLOW_TRY(disk.make_directories(folder));
    const std::filesystem::path path = folder / Uuid::random().text();
    PINFLOW_ASSIGN(auto file, disk.open(path, Disk::Mode::create_new));
    return std::make_unique<S3Spill>(disk, path, std::move(file));
}

Result<> S3Spill::write(std::span<const Piece> pieces) {
    std::vector<std::array<std::byte, head_bytes>> heads(pieces.size());
    std::vector<Bytes> parts;
    std::vector<Place> places;
    parts.reserve(pieces.size() * 2);
    places.reserve(pieces.size());
    uint64_t at = size_;
    for (size_t i = 0; i < pieces.size(); ++i) {
        store_big_endian(heads[i].data(), pieces[i].of->at);
        store_big_endian(heads[i].data() + 8, pieces[i].of->bytes);
        parts.emplace_back(heads[i]);
        parts.push_back(pieces[i].contents);
        places.push_back({at, pieces[i].contents.size()});
        at += head_bytes + pieces[i].contents.size();
    }
    PINFLOW_TRY(file_->write_at(parts, size_));
    for (size_t i = 0; i < pieces.size(); ++i) *pieces[i].of = places[i];
    size_ = at;
    return {};
}

Result<> S3Spill::read(Place last, const std::function<Result<>(Bytes)>& take) const {
    std::vector<Place> all;
    while (last.is_here()) {
        all.push_back(last);
        std::array<std::byte, head_bytes> head;
        PINFLOW_ASSIGN(const size_t got, file_->read_at(head, last.at));
        if (got != head_bytes) return fail(Code::corrupt, "{} has shrunk", path_.string());
        last = {load_big_endian<uint64_t>(head.data()), load_big_endian<uint64_t>(head.data() + 8)};
    }
    std::vector<std::byte> buffer;
    for (const Place& place : std::views::reverse(all)) {
        for (uint64_t done = 0; done < place.bytes; done += buffer.size()) {
            buffer.resize(std::min<uint64_t>(read_bytes, place.bytes - done));
            PINFLOW_ASSIGN(const size_t got, file_->read_at(buffer, place.at + head_bytes + done));
            if (got != buffer.size()) return fail(Code::corrupt, "{} has shrunk", path_.string());
            PINFLOW_TRY(take(buffer));
        }
    }
    return {};
}

}  // namespace pinflow::connect
