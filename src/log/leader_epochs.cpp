#include "log/leader_epochs.h"

#include <algorithm>

#include "base/text.h"

namespace pinflow::log {
namespace {

constexpr const char* file_name = "leader-epoch-checkpoint";

}  // namespace

Result<> LeaderEpochs::load(Disk& disk, const std::filesystem::path& folder) {
    const auto text = read_file(disk, folder / file_name);
    if (!text && text.error().code == Code::not_found) return {};  // never raised
    PINFLOW_TRY(text);
    std::vector<EpochStart> epochs;
    const auto lines = split(*text, '\n');
    for (size_t i = 2; i < lines.size(); ++i) {
        const auto fields = split(lines[i], ' ');
        if (fields.size() != 2) continue;
        const auto epoch = parse_int(fields[0]);
        const auto start = parse_int(fields[1]);
        if (!epoch || !start) return fail(Code::corrupt, "{}: line {}", (folder / file_name).string(), i);
        epochs.push_back({static_cast<int32_t>(*epoch), *start});
    }
    adopt(std::move(epochs));
    return {};
}

void LeaderEpochs::adopt(std::vector<EpochStart> epochs) {
    const std::scoped_lock lock(mutex_);
    epochs_ = std::move(epochs);
    current_ = epochs_.empty() ? 0 : epochs_.back().epoch;
}

Result<> LeaderEpochs::raise(Disk& disk, const std::filesystem::path& folder, int64_t start_offset) {
    std::vector<EpochStart> epochs;
    {
        const std::scoped_lock lock(mutex_);
        epochs = list_or_first();
    }
    const int32_t next = epochs.back().epoch + 1;
    // An epoch that has no record left before the new one begins says nothing any more.
    while (!epochs.empty() && epochs.back().start_offset >= start_offset) epochs.pop_back();
    epochs.push_back({next, start_offset});
    std::string text = fmt::format("0\n{}\n", epochs.size());
    for (const EpochStart& each : epochs) text += fmt::format("{} {}\n", each.epoch, each.start_offset);
    PINFLOW_TRY(replace_file(disk, folder / file_name, text));
    adopt(std::move(epochs));
    return {};
}

// mutex_ is held.
std::vector<EpochStart> LeaderEpochs::list_or_first() const {
    return epochs_.empty() ? std::vector<EpochStart>{{0, 0}} : epochs_;
}

std::vector<EpochStart> LeaderEpochs::list() const {
    const std::scoped_lock lock(mutex_);
    return epochs_;
}

bool LeaderEpochs::superseded(int32_t epoch, int64_t base_offset) const {
    const std::scoped_lock lock(mutex_);
    return std::ranges::any_of(
        epochs_, [&](const EpochStart& each) { return each.epoch > epoch && each.start_offset <= base_offset; });
}

EpochEnd LeaderEpochs::end_of(int32_t epoch, int64_t log_end) const {
    const std::scoped_lock lock(mutex_);
    const std::vector<EpochStart> epochs = list_or_first();
    if (epoch < 0 || epoch > epochs.back().epoch) return {};
    if (epoch == epochs.back().epoch) return {epoch, log_end};
    const auto above = std::ranges::upper_bound(epochs, epoch, {}, &EpochStart::epoch);
    if (above == epochs.begin()) return {epoch, above->start_offset};
    return {std::prev(above)->epoch, above->start_offset};
}

int32_t LeaderEpochs::at(int64_t offset) const {
    const std::scoped_lock lock(mutex_);
    const std::vector<EpochStart> epochs = list_or_first();
    const auto above = std::ranges::upper_bound(epochs, offset, {}, &EpochStart::start_offset);
    return above == epochs.begin() ? epochs.front().epoch : std::prev(above)->epoch;
}

}  // namespace pinflow::log
