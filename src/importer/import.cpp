#include "importer/import.h"

#include <set>

#include "base/digest.h"
#include "base/text.h"

namespace pinflow::importer {
namespace {

constexpr size_t transaction_bytes = 16 << 20;
constexpr int64_t transaction_ms = 2'000;
const std::string begun = "begun";  // the place of a partition that has no records yet
constexpr int most_tries = 5;       // without a commit in between

class Import {
  public:
    Import(const OpenSource& open, const ImportOptions& options) : open_(open), options_(options) {}

    // From the last commit on. unavailable: worth another try.
    Result<> run() {
        PINFLOW_ASSIGN(source_, open_());
        PINFLOW_ASSIGN(const int32_t partitions, source_->partitions());
        group_ = "pinflow-import." + options_.topic + "." + short_digest(source_->name());
        PINFLOW_ASSIGN(auto target, Transactions::open(options_.kafka, group_));
        PINFLOW_TRY(prepare_topic(target.client(), partitions));
        PINFLOW_TRY(resume(target, partitions));
        while (!options_.stop) {
            PINFLOW_ASSIGN(const Got last, one_transaction(target));
            if (last == Got::end) return {};
        }
        done_.is_complete = false;
        return {};
    }

    Imported finish() {
        done_.left_out = source_->left_out();
        return std::move(done_);
    }
    int64_t commits() const { return commits_; }

  private:
    static std::string short_digest(std::string_view name) {
        return hex_encode(as_bytes(digest(Hash::sha256, name)).first(6));
    }
    Result<> prepare_topic(rd_kafka_t* client, int32_t partitions);
    Result<> resume(Transactions& target, int32_t partitions);
    Result<> start(Transactions& target, int32_t partitions);
    Result<Got> one_transaction(Transactions& target);
    Result<Got> fill(Transactions& target);

    const OpenSource& open_;
    const ImportOptions& options_;
    std::unique_ptr<Source> source_;
    std::string group_;
    std::set<int32_t> touched_;  // partitions, by this transaction
    int64_t records_ = 0, bytes_ = 0;
    int64_t commits_ = 0;
    Imported done_;
};

Result<> Import::prepare_topic(rd_kafka_t* client, int32_t partitions) {
    PINFLOW_ASSIGN(const auto there, partitions_of(client, options_.topic));
    if (!there) return create_topic(client, options_.topic, partitions);
    if (*there >= partitions) return {};
    return fail(Code::invalid,
                "topic {} has {} partitions and {} has {}: partition numbers are kept, so give the topic as many, or "
                "import into a new one",
                options_.topic, *there, source_->name(), partitions);
}

Result<> Import::resume(Transactions& target, int32_t partitions) {
    PINFLOW_ASSIGN(const auto kept, kept_cursors(options_.kafka, group_, options_.topic, partitions));
    if (kept.empty()) return start(target, partitions);
    for (const auto& [partition, cursor] : kept) {
        if (cursor.place == begun) continue;
        PINFLOW_TRY(source_->resume(partition, cursor));
        if (commits_ == 0) done_.before += cursor.count;
    }
    return {};
}

// Aborted records count as records of the topic: a run that is cut short in its first transaction must be known as
// ours.
Result<> Import::start(Transactions& target, int32_t partitions) {
    PINFLOW_ASSIGN(const bool is_used, has_records(target.client(), options_.topic, partitions));
    if (is_used && !options_.may_append)
        return fail(
            Code::exists,
            "topic {} has records already, and nothing is kept of an import of {} into it: --append adds all of "
            "it",
            options_.topic, source_->name());
    PINFLOW_TRY(target.begin());
    return target.commit(group_, options_.topic, {{0, {.count = 0, .place = begun}}});
}

Result<Got> Import::one_transaction(Transactions& target) {
    touched_.clear();
    records_ = bytes_ = 0;
    PINFLOW_TRY(target.begin());
    auto last = fill(target);
    if (!last || touched_.empty()) {
        const auto aborted = target.abort();
        if (!last) return last;
        PINFLOW_TRY(aborted);
        return last;
    }
    std::map<int32_t, Cursor> cursors;
    for (const int32_t partition : touched_) cursors[partition] = source_->cursor(partition);
    if (auto committed = target.commit(group_, options_.topic, cursors); !committed) {
        const auto aborted = target.abort();
        return fail(aborted ? committed.error() : aborted.error());
    }
    ++commits_;
    done_.total.records += records_;
    done_.total.bytes += bytes_;
    done_.total.source = source_->progress();
    options_.show(done_.total);
    return last;
}

Result<Got> Import::fill(Transactions& target) {
    const int64_t until_ms = options_.clock.steady_ms() + transaction_ms;
    Row row;
    Got got = Got::nothing_yet;
    while (bytes_ < static_cast<int64_t>(transaction_bytes) && !options_.stop &&
           options_.clock.steady_ms() < until_ms) {
        PINFLOW_ASSIGN(got, source_->next(row));
        if (got == Got::end) break;
        if (got == Got::nothing_yet) {
            if (!touched_.empty()) break;
            continue;
        }
        PINFLOW_TRY(target.produce(options_.topic, row));
        touched_.insert(row.partition);
        ++records_;
        bytes_ += static_cast<int64_t>((row.key ? row.key->size() : 0) + (row.value ? row.value->size() : 0));
    }
    return got;
}

}  // namespace

Result<Imported> import_records(const OpenSource& open, const ImportOptions& options) {
    Import import(open, options);
    int64_t commits = 0;
    for (int tries = 1;; ++tries) {
        auto ran = import.run();
        if (ran) return import.finish();
        if (import.commits() > commits) tries = 1;
        commits = import.commits();
        // Where nothing has been committed yet, a wrong address is likelier than a broker that comes back.
        if (ran.error().code != Code::unavailable || commits == 0 || tries == most_tries || options.stop)
            return fail(std::move(ran).error());
    }
}

}  // namespace pinflow::importer
