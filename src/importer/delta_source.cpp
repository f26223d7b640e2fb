#include "importer/delta_source.h"

#include <charconv>

#include "delta/table.h"
#include "engine/database.h"
#include "engine/result_format.h"
#include "sink/table_scan.h"

namespace pinflow::importer {

Result<std::unique_ptr<Source>> DeltaSource::open(const std::filesystem::path& folder, std::optional<int64_t> version) {
    std::error_code error;
    const auto whole = std::filesystem::canonical(folder, error);
    if (error) return fail(Code::not_found, "{}: {}", folder.string(), error.message());
    std::unique_ptr<DeltaSource> source(new DeltaSource(whole));
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
        return fail(Code::conflict, "an earlier import of {} came to {}, which this version cannot read",
                    folder_.string(), cursor.place);
    if (version_ && *version_ != version)
        return fail(Code::conflict, "an earlier import of {} is in the middle of version {}: end that one first",
                    folder_.string(), version);
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
    PINFLOW_ASSIGN(const auto database, engine::Database::open({.threads = 1, .allowed_folders = {folder_}}));
    const delta::Environment environment{posix_disk(), system_clock(), database};
    PINFLOW_ASSIGN(const auto table, delta::Table::open(environment, folder_));
    const auto snapshot = version_ ? table->read_as_of(*version_) : table->refresh();
    if (!snapshot) return fail(snapshot.error());
    version_ = (*snapshot)->version;
    reader_ = std::jthread([this, database, snapshot = *snapshot] {
        Result<> ended = run(*database, *snapshot);
        const std::scoped_lock lock(mutex_);
        ended_ = std::move(ended);
        changed_.notify_all();
    });
    return {};
}

Result<> DeltaSource::run(engine::Database& database, const delta::Snapshot& snapshot) {
    PINFLOW_ASSIGN(engine::Connection connection, database.connect());
    PINFLOW_ASSIGN(const sink::TableScan scan, sink::scan_table(connection, posix_disk(), snapshot, folder_, {}));
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
