#include "connect/s3_cuts.h"

#include <spdlog/spdlog.h>

#include "base/crc32c.h"
#include "base/text.h"

namespace pinflow::connect {
namespace {

constexpr size_t least_lines = 10'000;  // before the file is written anew
constexpr std::array<std::string_view, 3> words = {"cut", "run", "time"};

void append_line(std::string& out, const TopicPartition& partition, const S3Decision& decision) {
    const std::string text = fmt::format("{} {} {} {} {}", words[static_cast<size_t>(decision.what)], partition.topic,
                                         partition.partition, decision.offset, decision.time_ms);
    fmt::format_to(std::back_inserter(out), "{:08x} {}\n", crc32c(as_bytes(text)), text);
}

std::optional<std::pair<TopicPartition, S3Decision>> read_line(std::string_view line) {
    const size_t blank = line.find(' ');
    if (blank != 8) return std::nullopt;
    const std::string_view text = line.substr(blank + 1);
    if (fmt::format("{:08x}", crc32c(as_bytes(text))) != line.substr(0, blank)) return std::nullopt;
    const auto fields = split(text, ' ');
    if (fields.size() != 5) return std::nullopt;
    const auto word = std::ranges::find(words, fields[0]);
    const auto partition = parse_int(fields[2]), offset = parse_int(fields[3]), time = parse_int(fields[4]);
    if (word == words.end() || !partition || !offset || !time) return std::nullopt;
    return std::pair(TopicPartition{std::string(fields[1]), static_cast<int32_t>(*partition)},
                     S3Decision{static_cast<S3Decision::What>(word - words.begin()), *offset, *time});
}

}  // namespace

// Answers how many bytes of the text count. What follows a bad line was written together with it, and nothing depends
// on that yet: of a write that was cut short, any page may be there. Nor do times count whose cut or run is not there:
// they are of such a write too, and this run may have others for the same records.
size_t S3Cuts::read_lines(std::string_view text) {
    size_t at = 0, counted = 0;
    std::vector<std::pair<TopicPartition, S3Decision>> times;
    while (at < text.size()) {
        const size_t end = text.find('\n', at);
        if (end == std::string_view::npos) break;
        auto line = read_line(text.substr(at, end - at));
        if (!line) break;
        at = end + 1;
        const bool is_time = line->second.what == S3Decision::What::time;
        times.push_back(std::move(*line));
        if (is_time) continue;
        for (const auto& [partition, decision] : times) known_[partition].decisions.push_back(decision);
        lines_ += times.size();
        times.clear();
        counted = at;
    }
    return counted;
}

Result<std::unique_ptr<S3Cuts>> S3Cuts::open(Disk& disk, const std::filesystem::path& path) {
    auto cuts = std::make_unique<S3Cuts>(disk, path);
    const auto text = read_file(disk, path);
    if (!text && text.error().code != Code::not_found) return fail(text.error());
    if (text) {
        cuts->size_ = cuts->read_lines(*text);
        if (cuts->size_ < text->size())
            spdlog::warn("{}: torn end cut: {} bytes at byte {}", path.string(), text->size() - cuts->size_,
                         cuts->size_);
        // Objects depend on it from here on. A process that was killed may have written it without a sync; where a
        // sync had failed, only what is written once more reaches the disk.
        PINFLOW_TRY(cuts->open_file());
        const Bytes known = as_bytes(*text).first(cuts->size_);
        if (!known.empty()) PINFLOW_TRY(cuts->file_->write_at(std::span(&known, 1), 0));
        PINFLOW_TRY(cuts->file_->sync());
    }
    cuts->rewrite_at_ = std::max(least_lines, cuts->lines_ * 2);
    return cuts;
}

S3Decisions S3Cuts::of(const TopicPartition& partition) const {
    const std::scoped_lock lock(mutex_);
    S3Decisions all;
    const auto known = known_.find(partition);
    if (known == known_.end()) return all;
    std::set<int64_t> cuts;
    for (const S3Decision& each : known->second.decisions) {
        if (each.what == S3Decision::What::cut) cuts.insert(each.offset);
        if (each.what == S3Decision::What::time)
            all.times[each.offset] = each.time_ms;
        else
            all.end = std::max(all.end, each.offset);
    }
    all.cuts.assign(cuts.begin(), cuts.end());
    return all;
}

Result<> S3Cuts::keep(const std::vector<std::pair<TopicPartition, S3Decision>>& decisions) {
    const std::scoped_lock lock(mutex_);
    if (is_broken_) PINFLOW_TRY(write_whole());
    std::string text;
    for (const auto& [partition, decision] : decisions) append_line(text, partition, decision);
    if (!file_) PINFLOW_TRY(open_file());
    const Bytes piece = as_bytes(text);
    if (auto written = file_->write_at(std::span(&piece, 1), size_); !written) {
        file_.reset();  // what there is of it is cut when it is opened again
        return written;
    }
    auto synced = file_->sync();
    is_broken_ = !synced;
    PINFLOW_TRY(synced);
    size_ += text.size();
    lines_ += decisions.size();
    for (const auto& [partition, decision] : decisions) known_[partition].decisions.push_back(decision);
    if (lines_ >= rewrite_at_) shorten();
    return {};
}

Result<> S3Cuts::mend() {
    const std::scoped_lock lock(mutex_);
    return is_broken_ ? write_whole() : Result<>();
}

Result<> S3Cuts::open_file() {
    const std::filesystem::path folder = path_.parent_path();
    PINFLOW_TRY(disk_.make_directories(folder));
    PINFLOW_ASSIGN(auto file, disk_.open(path_, Disk::Mode::write));
    PINFLOW_TRY(file->resize(size_));
    // The folder of the connector, and those that were made for the first one.
    PINFLOW_TRY(disk_.sync_directory(folder));
    PINFLOW_TRY(disk_.sync_directory(folder.parent_path()));
    PINFLOW_TRY(disk_.sync_directory(folder.parent_path().parent_path()));
    file_ = std::move(file);
    return {};
}

void S3Cuts::release(const TopicPartition& partition, int64_t offset) {
    const std::scoped_lock lock(mutex_);
    if (const auto known = known_.find(partition); known != known_.end()) known->second.released = offset;
}

// What was released by the time the file was last written anew: since then thousands of decisions were kept, so the
// position behind it is committed.
void S3Cuts::forget_released() {
    for (auto& [partition, known] : known_) {
        std::optional<S3Decision> last_time;
        std::vector<S3Decision> kept;
        for (const S3Decision& each : known.decisions) {
            if (each.offset > known.released_before)
                kept.push_back(each);
            else if (each.what == S3Decision::What::time)
                last_time = each;
        }
        if (last_time) kept.insert(kept.begin(), *last_time);
        known.decisions = std::move(kept);
        known.released_before = known.released;
    }
}

// What was kept is on disk, in the file before or in the new one.
void S3Cuts::shorten() {
    forget_released();
    if (const auto written = write_whole(); !written)
        spdlog::warn("{} was not shortened: {}; it is tried again before the next decision", path_.string(),
                     written.error().message);
}

// Until it has come to its end, nobody knows which file has the name after a power loss.
Result<> S3Cuts::write_whole() {
    std::string text;
    size_t lines = 0;
    for (const auto& [partition, known] : known_)
        for (const S3Decision& each : known.decisions) append_line(text, partition, each), ++lines;
    file_.reset();
    is_broken_ = true;
    PINFLOW_TRY(replace_file(disk_, path_, text));
    is_broken_ = false;
    size_ = text.size();
    lines_ = lines;
    rewrite_at_ = std::max(least_lines, lines_ * 2);
    return {};
}

}  // namespace pinflow::connect
