#include "connect/s3_forget.h"

#include <spdlog/spdlog.h>

#include <set>

#include "connect/s3_gzip.h"

namespace pinflow::connect {
namespace {

constexpr size_t most_judged_records = 2'000;
constexpr size_t most_judged_bytes = 4 << 20;

}  // namespace

TakenOut S3Forgetter::run() {
    if (const auto done = run_all(); !done) found_.waits = done.error().message;
    return found_;
}

Result<> S3Forgetter::run_all() {
    if (config_.names.file_delimiter.empty() || config_.names.folder_delimiter.empty())
        return fail(Code::unsupported,
                    "file.delim or directory.delim is empty: the names of its objects do not tell their offsets");
    std::set<std::string> topics;
    for (const auto& [of, offset] : request_.up_to) topics.insert(of.topic);
    for (const std::string& topic : topics) PINFLOW_TRY(run_topic(topic));
    return {};
}

Result<> S3Forgetter::run_topic(const std::string& topic) {
    objects::ListRequest request;
    append_topic_prefix(request.prefix, config_.names, topic);
    do {
        PINFLOW_ASSIGN(const objects::ListPage page, store_.list(request));
        PINFLOW_TRY(clean_page(topic, page));
        request.page = page.next;
    } while (!request.page.empty());
    return {};
}

// The object, if it may hold records that are meant and these can be read.
std::optional<S3Forgetter::Object> S3Forgetter::meant(const std::string& topic, const objects::Info& info) {
    const auto name = read_object_name(config_, topic, info.key);
    if (!name || info.size == 0) return std::nullopt;
    const TopicPartition of{topic, name->partition};
    const auto up_to = request_.up_to.find(of);
    if (up_to == request_.up_to.end() || name->first_offset >= up_to->second) return std::nullopt;
    if (name->part.of != PartOf::value) {  // it goes with its values; where there are none nobody can say whose it is
        const std::string& delimiter = config_.names.folder_delimiter;
        const bool is_alone = info.key.contains(delimiter + config_.partitioning.null_partition + delimiter);
        found_.unjudged += is_alone ? 1 : 0;
        return std::nullopt;
    }
    return Object{.of = of, .name = *name, .up_to = up_to->second, .lines = lines_of(info.key, *name)};
}

S3LinesOf S3Forgetter::lines_of(const std::string& key, const S3ObjectName& name) const {
    return {key, name.gzip, name.part.format == S3Format::bytes ? config_.content.bytes_separator : "\n"};
}

Result<> S3Forgetter::clean_page(const std::string& topic, const objects::ListPage& page) {
    std::vector<Object> settled, others;
    for (const objects::Info& info : page.objects) {
        auto object = meant(topic, info);
        if (!object) continue;
        const bool is_settled = request_.only_count || written_.is_settled(object->of, object->name.first_offset);
        (is_settled ? settled : others).push_back(std::move(*object));
    }
    PINFLOW_TRY(clean(settled));
    for (Object& object : others) {
        PINFLOW_ASSIGN(const bool done, written_.while_idle([&] { return clean(std::span(&object, 1)); }));
        if (done) continue;
        found_.waits = fmt::format("its position has not passed the object {} yet", object.lines.key);
        break;  // nor the others
    }
    return {};
}

Result<> S3Forgetter::clean(std::span<Object> objects) {
    if (request_.is_stopped()) return fail(Code::cancelled, "stopped");
    for (Object& object : objects) PINFLOW_TRY(read(object));
    PINFLOW_TRY(judge());
    for (const Object& object : objects)
        if (!object.forgotten.empty()) PINFLOW_TRY(take_out(object));
    return {};
}

// One that is broken is nobody's to judge; one that is gone meanwhile is not missed.
Result<> S3Forgetter::read(Object& object) {
    const auto take = [&](std::string_view line) { return add(object, object.records++, line); };
    auto etag =
        object.name.part.format == S3Format::parquet ? read_rows(object) : read_lines(store_, object.lines, "", take);
    if (etag) {
        object.etag = std::move(*etag);
        return {};
    }
    PINFLOW_TRY(judge());  // what was read of it
    const Code code = etag.error().code;
    if (code == objects::absent) return {};
    const bool is_broken = code == Code::corrupt || code == Code::too_large;
    if (!is_broken && code != Code::conflict) return fail(std::move(etag).error());
    spdlog::warn("forgetting: {}", etag.error().message);
    if (is_broken)
        ++found_.unjudged;
    else
        found_.waits = etag.error().message;
    return {};
}

Result<> S3Forgetter::add(Object& object, int64_t number, std::string_view line) {
    const int64_t offset = object.name.first_offset + number;
    if (offset >= object.up_to) return {};
    if (!batch_.records.empty() && batch_.places.back().first->of != object.of) PINFLOW_TRY(judge());
    const bool unwraps = in_envelope_ && object.name.part.format == S3Format::json;
    std::string& value = batch_.values.emplace_back(unwraps ? fmt::format(R"({{"payload":{}}})", line) : line);
    batch_.records.push_back({.offset = offset, .value = as_bytes(value)});
    batch_.places.emplace_back(&object, number);
    batch_.bytes += value.size();
    const bool is_full = batch_.records.size() >= most_judged_records || batch_.bytes >= most_judged_bytes;
    return is_full ? judge() : Result<>();
}

Result<> S3Forgetter::judge() {
    if (batch_.records.empty()) return {};
    if (request_.is_stopped()) return fail(Code::cancelled, "stopped");
    PINFLOW_ASSIGN(const ForgetRequest::Judged judged, request_.judge(batch_.places[0].first->of, batch_.records));
    found_.unjudged += judged.unknown;
    for (size_t i = 0; i < batch_.places.size(); ++i)
        if (judged.forgotten[i]) batch_.places[i].first->forgotten.push_back(batch_.places[i].second);
    batch_ = {};
    return {};
}

Result<> S3Forgetter::take_out(const Object& object) {
    if (object.etag.empty()) return {};
    if (!request_.only_count) {
        auto written = write_anew(object);
        const bool is_another =
            !written && (written.error().code == Code::conflict || written.error().code == objects::absent);
        if (!written && !is_another) return written;
        if (!written) {
            found_.waits = written.error().message;
            return {};
        }
    }
    ++found_.objects;
    found_.records += static_cast<int64_t>(object.forgotten.size());
    return {};
}

// Keys and headers first: that they are done can be seen, while there are the values to say of what.
Result<> S3Forgetter::write_anew(const Object& object) {
    PINFLOW_TRY(write_parts_anew(object));
    if (object.name.part.format == S3Format::parquet) return write_rows_anew(object);
    return write_lines_anew(object.lines, object.etag, object.forgotten);
}

Result<> S3Forgetter::write_lines_anew(const S3LinesOf& lines, const std::string& etag,
                                       std::span<const int64_t> without) {
    PINFLOW_ASSIGN(const auto upload, store_.upload(lines.key, objects::Write::replace));
    Gzip gzip(config_.content.gzip_level);
    const auto store = [&](Bytes piece) { return upload->write(piece); };
    const auto write = [&](std::string_view text) {
        return lines.gzip ? gzip.write(as_bytes(text), store) : store(as_bytes(text));
    };
    int64_t number = 0, kept = 0;
    const auto keep = [&](std::string_view line) -> Result<> {
        const bool goes = !without.empty() && without.front() == number++;
        if (goes) {
            without = without.subspan(1);
            return {};
        }
        ++kept;
        PINFLOW_TRY(write(line));
        return write(lines.separator);
    };
    PINFLOW_TRY(read_lines(store_, lines, etag, keep));
    if (kept == 0) {
        PINFLOW_TRY(upload->abort());
        return store_.remove(lines.key);
    }
    if (lines.gzip) PINFLOW_TRY(gzip.finish(store));
    PINFLOW_TRY(upload->finish());
    return {};
}

}  // namespace pinflow::connect
