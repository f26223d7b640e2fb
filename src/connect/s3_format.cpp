#include "connect/s3_format.h"

#include "base/base64.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "connect/s3_object_name.h"

namespace pinflow::connect {
namespace {

Accepted<> append_json(std::string& out, const Value& value) {
    switch (value.kind) {
        case Value::Kind::null:
            out += "null";
            break;
        case Value::Kind::json:
            out += value.contents;
            break;
        case Value::Kind::text:
            append_json_string(out, value.contents);
            break;
        case Value::Kind::bytes:
            out += '"';
            out += base64_encode(as_bytes(value.contents));
            out += '"';
    }
    out += '\n';
    return {};
}

Accepted<> append_bytes(std::string& out, const Value& value, const std::string& separator) {
    if (value.kind != Value::Kind::bytes)
        return refuse(exception::data, "ByteArrayConverter is not compatible with objects that are no bytes");
    out += value.contents;
    out += separator;
    return {};
}

// {"headers":[{"key":…,"value":…}]}, as the original envelops them.
Accepted<> append_headers(std::string& out, const log::Record& record) {
    if (record.header_count == 0)
        return refuse(exception::data, "Headers cannot be null for SinkRecord: kafkaOffset={}", record.offset);
    out += R"({"headers":[)";
    Bytes rest = record.raw_headers;
    for (int32_t i = 0; i < record.header_count; ++i) {
        const auto header = log::next_header(rest);
        if (!header) return refuse(exception::data, "{}", header.error().message);
        out += i == 0 ? R"({"key":)" : R"(,{"key":)";
        append_json_string(out, header->key);
        out += R"(,"value":)";
        if (!header->value) {
            out += "null";
        } else if (is_valid_utf8(as_text(*header->value))) {
            append_json_string(out, as_text(*header->value));
        } else {
            fmt::format_to(std::back_inserter(out), "\"{}\"", base64_encode(*header->value));
        }
        out += '}';
    }
    out += "]}\n";
    return {};
}

std::string_view parquet_extension(std::string_view codec) {
    static const std::map<std::string_view, std::string_view> extensions = {
        {"snappy", ".snappy"}, {"gzip", ".gz"}, {"brotli", ".br"}, {"lz4", ".lz4hadoop"}, {"zstd", ".zstd"}};
    const auto known = extensions.find(codec);
    return known == extensions.end() ? "" : known->second;
}

void append_extension(std::string& out, const S3Part& part, const S3Content& content) {
    if (part.of == PartOf::key) out += ".keys";
    if (part.of == PartOf::headers) out += ".headers";
    switch (part.format) {
        case S3Format::json:
            out += ".json";
            break;
        case S3Format::bytes:
            out += content.bytes_extension;
            break;
        case S3Format::parquet:
            out += parquet_extension(content.parquet_codec);
            out += ".parquet";
            return;
        case S3Format::avro:
            out += ".avro";
            return;
    }
    if (content.gzip) out += ".gz";
}

}  // namespace

Accepted<> append_record(std::string& out, const S3Part& part, const Row& row, const S3Content& content) {
    if (part.of == PartOf::headers) return append_headers(out, row.record);
    if (part.of == PartOf::key && row.key.kind == Value::Kind::null)
        return refuse(exception::data, "Key cannot be null for SinkRecord: kafkaOffset={}", row.record.offset);
    const Value& value = part.of == PartOf::key ? row.key : row.value;
    if (part.format == S3Format::parquet && (value.schema == nullptr || value.schema->type != SchemaType::structure))
        return refuse(exception::data, "ParquetFormat takes records whose schema is a structure");
    if (part.format == S3Format::bytes) return append_bytes(out, value, content.bytes_separator);
    return append_json(out, value);
}

std::string object_key(const S3Config& config, const TopicPartition& of, std::string_view encoded_partition,
                       int64_t first_offset, const S3Part& part) {
    const S3Names& names = config.names;
    std::string key;
    key.reserve(names.topics_dir.size() + of.topic.size() * 2 + encoded_partition.size() + 40);
    append_topic_prefix(key, names, of.topic);
    key.append(encoded_partition).append(names.folder_delimiter);
    fmt::format_to(std::back_inserter(key), "{0}{1}{2}{1}{3:0{4}}", of.topic, names.file_delimiter, of.partition,
                   first_offset, names.offset_digits);
    append_extension(key, part, config.content);
    return key;
}

}  // namespace pinflow::connect
