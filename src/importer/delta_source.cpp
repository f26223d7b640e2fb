#include "importer/delta_source.h"

#include <charconv>

#include "engine/result_format.h"
#include "sink/table_scan.h"

namespace pinflow::importer {
namespace {

constexpr int64_t copied_at_once_bytes = 256 << 20;  // of a store's files, which are copied to be read

// The same version in pieces with some of its files each, in an order that is the same every time.
std::vector<delta::Snapshot> pieces_of(const delta::Snapshot& snapshot) {
    std::vector<delta::Snapshot> pieces;
    int64_t bytes = copied_at_once_bytes;
    snapshot.files.for_each([&](const delta::FileSet::Pointer& file) {
        if (bytes >= copied_at_once_bytes) {
            pieces.push_back(snapshot);
            pieces.back().files = {};
            bytes = 0;
        }
        pieces.back().files.insert(file);
        bytes += file->size_bytes;
    });
    return pieces;
}

}  // namespace

// That version is looked at before a topic is made for it.
Result<std::unique_ptr<Source>> DeltaSource::open(DeltaPlace place, std::string name, std::optional<int64_t> version) {
    std::unique_ptr<DeltaSource> source(new DeltaSource(std::move(place), std::move(name)));
    PINFLOW_ASSIGN(source->table_, delta::Table::open(source->place_.environment, source->place_.folder));
    if (version) PINFLOW_TRY(source->table_->read_as_of(*version));
    source->version_ = version;
    return source;
}

DeltaSource::~DeltaSource() {
    const std::scoped_lock lock(mutex_);
    is_abandoned_ = true;
    changed_.notify_all();
}

Result<> DeltaSource::resume(int32_t, const Cursor& cursor) {
    int64_t version = 0;
    const std::string_view digits = cursor.place;
    if (std::from_chars(digits.begin(), digits.end(), version).ec != std::errc())
        return fail(Code::conflict, "an earlier import of {} came to {}, which this version cannot read", name_,
                    cursor.place);
    if (version_ && *version_ != version)
        return fail(Code::conflict, "an earlier import of {} is in the middle of version {}: end that one first", name_,
                    version);
    version_ = version;
    skip_ = cursor.count;
    count_ = cursor.count;
    return {};
}

Cursor DeltaSource::cursor(int32_t) const {
    return {count_, std::to_string(version_.value_or(0))};
}

std::string DeltaSource::progress() const {
    return version_ ? fmt::format("version {}", *version_) : "";
}

Result<Got> DeltaSource::next(Row& row) {
    if (!reader_.joinable()) PINFLOW_TRY(start());
    if (at_ == piece_.size()) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !waiting_.empty() || ended_; });
        if (waiting_.empty()) {
            PINFLOW_TRY(*ended_);
            return Got::end;
        }
        piece_ = std::move(waiting_.front());
        waiting_.pop_front();
        at_ = 0;
        changed_.notify_all();
    }
    const size_t end = piece_.find('\n', at_);
    row = {.partition = 0, .value = std::string_view(piece_).substr(at_, end - at_)};
    at_ = end + 1;
    ++count_;
    return Got::row;
}

// The version is settled here, so that cursors know it; rows come on the thread.
Result<> DeltaSource::start() {
    const auto snapshot = version_ ? table_->read_as_of(*version_) : table_->refresh();
    if (!snapshot) return fail(snapshot.error());
    version_ = (*snapshot)->version;
    reader_ = std::jthread([this, snapshot = *snapshot] {
        Result<> ended = run(*snapshot);
        const std::scoped_lock lock(mutex_);
        ended_ = std::move(ended);
        changed_.notify_all();
    });
    return {};
}

Result<> DeltaSource::run(const delta::Snapshot& snapshot) {
    if (!place_.is_in_store()) return read(snapshot);
    for (const delta::Snapshot& piece : pieces_of(snapshot)) PINFLOW_TRY(read(piece));
    return {};
}

Result<> DeltaSource::read(const delta::Snapshot& snapshot) {
    PINFLOW_ASSIGN(engine::Connection connection, place_.environment.database->connect());
    PINFLOW_ASSIGN(const sink::TableScan scan, sink::scan_table(connection, place_.environment.disk, snapshot,
                                                                table_->folder(), {.files = &table_->files()}));
    const auto writer =
        engine::make_writer(engine::Format::ndjson, [this](std::string_view piece) { return add(piece); });
    return connection.stream(scan.sql, *writer);
}

// Pieces end with a line's end: the writer gives whole rows.
Result<> DeltaSource::add(std::string_view piece) {
    for (; skip_ > 0 && !piece.empty(); --skip_) piece.remove_prefix(piece.find('\n') + 1);
    if (piece.empty()) return {};
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() < most_waiting_pieces || is_abandoned_; });
    if (is_abandoned_) return fail(Code::cancelled, "the import has ended");
    waiting_.emplace_back(piece);
    changed_.notify_all();
    return {};
}

}  // namespace pinflow::importer
