#include "importer/delta_history_reader.h"

#include <algorithm>

namespace pinflow::importer {
namespace {

constexpr size_t wanted_bytes = 16 << 20;  // of keys and values at a time, about
constexpr int64_t widest_range = 1 << 20;

bool is_same(const std::optional<Bytes>& a, const std::optional<Bytes>& b) {
    return a.has_value() == b.has_value() && (!a || as_text(*a) == as_text(*b));
}

}  // namespace

sink::KeyAndValue DeltaHistoryReader::bytes_at(size_t row) const {
    sink::KeyAndValue bytes;
    if (!rows_->is_null(row, 2)) bytes.key = rows_->blob(row, 2);
    if (!rows_->is_null(row, 3)) bytes.value = rows_->blob(row, 3);
    return bytes;
}

Result<bool> DeltaHistoryReader::next(sink::RawRecord& record) {
    while (!rows_ || at_ == rows_->row_count()) {
        if (next_ >= to_) return false;
        PINFLOW_TRY(look());
    }
    const int64_t offset = rows_->int64(at_, 0);
    const sink::KeyAndValue bytes = bytes_at(at_);
    record = {.offset = offset, .time_ms = 0, .bytes = bytes, .is_key_known = history_.has_keys()};
    if (!rows_->is_null(at_, 1)) record.time_ms = rows_->int64(at_, 1) / 1000;
    for (++at_; at_ < rows_->row_count() && rows_->int64(at_, 0) == offset; ++at_) {
        const sink::KeyAndValue again = bytes_at(at_);
        if (is_same(again.key, bytes.key) && is_same(again.value, bytes.value)) continue;
        return fail(Code::unsupported, "{} has two records of {}-{} at offset {} that differ", history_.where(), topic_,
                    partition_, offset);
    }
    return true;
}

Result<> DeltaHistoryReader::look() {
    const int64_t end = std::min(to_, next_ + range_);
    rows_.reset();
    at_ = 0;
    PINFLOW_ASSIGN(engine::Rows rows, history_.records(topic_, partition_, next_, end));
    rows_.emplace(std::move(rows));
    PINFLOW_TRY(check_none_is_missing(next_, end));
    next_ = end;
    choose_range();
    return {};
}

Result<> DeltaHistoryReader::check_none_is_missing(int64_t from, int64_t to) {
    PINFLOW_ASSIGN(const auto known, known_.between(from, to));
    size_t row = 0;
    for (const sink::KnownRecord& record : known) {
        while (row < rows_->row_count() && rows_->int64(row, 0) < record.offset) ++row;
        if (row < rows_->row_count() && rows_->int64(row, 0) == record.offset) continue;
        return fail(Code::unsupported,
                    "{} has no record of {}-{} at offset {}, the table has one, and the log begins at {}",
                    history_.where(), topic_, partition_, record.offset, to_);
    }
    return {};
}

// So wide that it takes about the memory it may.
void DeltaHistoryReader::choose_range() {
    size_t bytes = 0;
    for (size_t row = 0; row < rows_->row_count(); ++row) {
        const sink::KeyAndValue each = bytes_at(row);
        bytes += each.key.value_or(Bytes()).size() + each.value.value_or(Bytes()).size() + 64;
    }
    if (bytes < wanted_bytes / 2) range_ = std::min(range_ * 2, widest_range);
    if (bytes > wanted_bytes) range_ = std::max<int64_t>(range_ / 2, 1);
}

}  // namespace pinflow::importer
