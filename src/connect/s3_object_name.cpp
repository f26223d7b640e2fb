#include "connect/s3_object_name.h"

#include "base/text.h"

namespace pinflow::connect {
namespace {

bool take_end(std::string_view& text, std::string_view end) {
    if (end.empty() || !text.ends_with(end)) return false;
    text.remove_suffix(end.size());
    return true;
}

// The digits that the text ends with, before which the delimiter stands.
std::optional<int64_t> take_number(std::string_view& text, std::string_view delimiter) {
    size_t digits = text.size();
    while (digits > 0 && text[digits - 1] >= '0' && text[digits - 1] <= '9') --digits;
    const auto number = parse_int(text.substr(digits));
    text = text.substr(0, digits);
    if (!number || !take_end(text, delimiter)) return std::nullopt;
    return number;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> codecs = {
    {{".snappy", "snappy"}, {".gz", "gzip"}, {".br", "brotli"}, {".lz4hadoop", "lz4"}, {".zstd", "zstd"}}};

// What append_extension() (s3_format.cpp) has written.
bool take_extension(std::string_view& text, const S3Config& config, S3ObjectName& into) {
    if (take_end(text, ".parquet")) {
        into.part.format = S3Format::parquet;
        into.codec = "uncompressed";
        for (const auto& [extension, codec] : codecs)
            if (take_end(text, extension)) into.codec = codec;
    } else {
        into.gzip = take_end(text, ".gz");
        const bool json = take_end(text, ".json");
        if (!json && !take_end(text, config.content.bytes_extension)) return false;
        into.part.format = json ? S3Format::json : S3Format::bytes;
    }
    if (take_end(text, ".keys")) into.part.of = PartOf::key;
    if (take_end(text, ".headers")) into.part.of = PartOf::headers;
    return true;
}

}  // namespace

void append_topic_prefix(std::string& out, const S3Names& names, std::string_view topic) {
    if (!trim(names.topics_dir).empty()) out.append(names.topics_dir).append(names.folder_delimiter);
    out.append(topic).append(names.folder_delimiter);
}

std::optional<S3ObjectName> read_object_name(const S3Config& config, std::string_view topic, std::string_view key) {
    const S3Names& names = config.names;
    S3ObjectName name;
    std::string_view rest = key;
    std::string prefix;
    append_topic_prefix(prefix, names, topic);
    if (!rest.starts_with(prefix) || !take_extension(rest, config, name)) return std::nullopt;
    name.stem = rest.size();
    const auto offset = take_number(rest, names.file_delimiter);
    const auto partition = offset ? take_number(rest, names.file_delimiter) : std::nullopt;
    if (!partition || *partition > INT32_MAX) return std::nullopt;
    if (!take_end(rest, topic) || !take_end(rest, names.folder_delimiter)) return std::nullopt;
    name.first_offset = *offset;
    name.partition = static_cast<int32_t>(*partition);
    return name;
}

}  // namespace pinflow::connect
