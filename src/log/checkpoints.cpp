#include "log/checkpoints.h"

#include "base/crc32c.h"
#include "base/text.h"

namespace pinflow::log {
namespace {

// Reads numbers and words of one line; `good` turns false at the first that is missing or wrong.
struct Fields {
    std::vector<std::string_view> words;
    size_t next = 0;
    bool good = true;

    explicit Fields(std::string_view line) : words(split(line, ' ')) {}
    std::string_view word() {
        if (next < words.size()) return words[next++];
        good = false;
        return {};
    }
    int64_t number() {
        const auto value = parse_int(word());
        if (!value) good = false;
        return value.value_or(0);
    }
};

bool read_partition_line(Fields& fields, CleanShutdown& state, CleanShutdown::Each*& current) {
    const auto id = Uuid::parse(fields.word());
    if (!id) return false;
    const auto partition = static_cast<int32_t>(fields.number());
    CleanShutdown::Each each{*id, {}};
    each.store.start_offset = fields.number();
    each.store.end_offset = fields.number();
    current =
        &state.partitions.insert_or_assign({std::string(fields.word()), partition}, std::move(each)).first->second;
    return fields.good;
}

bool read_line(std::string_view line, CleanShutdown& state, CleanShutdown::Each*& current) {
    Fields fields(line);
    const std::string_view kind = fields.word();
    if (kind == "wal") {
        state.wal_sequence = static_cast<uint64_t>(fields.number());
        return fields.good;
    }
    if (kind == "partition") return read_partition_line(fields, state, current);
    if (current == nullptr) return false;
    if (kind == "producers") return current->store.producers = true;
    if (kind == "epoch") {
        const auto epoch = static_cast<int32_t>(fields.number());
        current->store.epochs.push_back({epoch, fields.number()});
        return fields.good;
    }
    if (kind != "segment") return false;
    SegmentSummary segment;
    segment.base_offset = fields.number();
    segment.size = static_cast<uint64_t>(fields.number());
    segment.index_bytes = static_cast<uint64_t>(fields.number());
    segment.time_index_bytes = static_cast<uint64_t>(fields.number());
    segment.max_timestamp = fields.number();
    segment.first_timestamp = fields.number();
    segment.aborted_bytes = static_cast<uint64_t>(fields.number());
    current->store.segments.push_back(segment);
    return fields.good;
}

std::string sealed(std::string text) {
    text += fmt::format("crc {:08x}\n", crc32c(as_bytes(text)));
    return text;
}

// What was sealed; nothing if the file is missing, was cut or does not match its checksum.
std::optional<std::string> load_sealed(Disk& disk, const std::filesystem::path& path) {
    auto text = read_file(disk, path);
    if (!text) return std::nullopt;
    const size_t end = text->rfind("crc ");
    if (end == std::string::npos) return std::nullopt;
    std::string body = text->substr(0, end);
    if (sealed(body) != *text) return std::nullopt;
    return body;
}

}  // namespace

Places load_places(Disk& disk, const std::filesystem::path& path) {
    Places places;
    const auto body = load_sealed(disk, path);
    for (const std::string_view line : split(body.value_or(""), '\n')) {
        if (line.empty()) continue;
        Fields fields(line);
        std::string topic(fields.word());
        const auto partition = static_cast<int32_t>(fields.number());
        SyncedPlace place;
        place.offset = fields.number();
        place.segment_base = fields.number();
        place.position = static_cast<uint64_t>(fields.number());
        place.max_timestamp = fields.number();
        place.first_timestamp = fields.number();
        place.produced_end = fields.number();
        if (fields.good) places[{std::move(topic), partition}] = place;
    }
    return places;
}

Result<> save_places(Disk& disk, const std::filesystem::path& path, const Places& places) {
    std::string text;
    for (const auto& [name, each] : places)
        text += fmt::format("{} {} {} {} {} {} {} {}\n", name.first, name.second, each.offset, each.segment_base,
                            each.position, each.max_timestamp, each.first_timestamp, each.produced_end);
    return replace_file(disk, path, sealed(std::move(text)));
}

int64_t offset_of(const Offsets& offsets, const PartitionName& name) {
    const auto found = offsets.find(name);
    return found == offsets.end() ? 0 : found->second;
}

Result<Offsets> load_offsets(Disk& disk, const std::filesystem::path& path) {
    auto text = read_file(disk, path);
    if (!text && text.error().code == Code::not_found) return Offsets();
    PINFLOW_TRY(text);
    Offsets offsets;
    const auto lines = split(*text, '\n');
    for (size_t i = 2; i < lines.size(); ++i) {
        if (lines[i].empty()) continue;
        Fields fields(lines[i]);
        std::string topic(fields.word());
        const auto partition = static_cast<int32_t>(fields.number());
        const int64_t offset = fields.number();
        if (!fields.good)
            return fail(Code::corrupt, "{}: line {} is not 'topic partition offset'", path.string(), i + 1);
        offsets[{std::move(topic), partition}] = offset;
    }
    return offsets;
}

Result<> save_offsets(Disk& disk, const std::filesystem::path& path, const Offsets& offsets) {
    std::string text = fmt::format("0\n{}\n", offsets.size());
    for (const auto& [name, offset] : offsets) text += fmt::format("{} {} {}\n", name.first, name.second, offset);
    return replace_file(disk, path, text);
}

std::optional<CleanShutdown> load_clean_shutdown(Disk& disk, const std::filesystem::path& path) {
    const auto body = load_sealed(disk, path);
    if (!body) return std::nullopt;
    CleanShutdown state;
    CleanShutdown::Each* current = nullptr;
    for (const std::string_view line : split(*body, '\n'))
        if (!line.empty() && !read_line(line, state, current)) return std::nullopt;
    for (const auto& [name, each] : state.partitions)
        if (each.store.segments.empty()) return std::nullopt;
    return state;
}

Result<> save_clean_shutdown(Disk& disk, const std::filesystem::path& path, const CleanShutdown& state) {
    std::string text = fmt::format("wal {}\n", state.wal_sequence);
    for (const auto& [name, each] : state.partitions) {
        text += fmt::format("partition {} {} {} {} {}\n", each.topic_id.text(), name.second, each.store.start_offset,
                            each.store.end_offset, name.first);
        if (each.store.producers) text += "producers\n";
        for (const EpochStart& epoch : each.store.epochs)
            text += fmt::format("epoch {} {}\n", epoch.epoch, epoch.start_offset);
        for (const SegmentSummary& segment : each.store.segments)
            text += fmt::format("segment {} {} {} {} {} {} {}\n", segment.base_offset, segment.size,
                                segment.index_bytes, segment.time_index_bytes, segment.max_timestamp,
                                segment.first_timestamp, segment.aborted_bytes);
    }
    return replace_file(disk, path, sealed(std::move(text)));
}

}  // namespace pinflow::log
