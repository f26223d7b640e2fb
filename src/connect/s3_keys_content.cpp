#include "connect/key_checks.h"
#include "connect/s3_key_groups.h"
#include "connect/s3_keys.h"

namespace pinflow::connect {
namespace {

using enum ValueType;

std::vector<Key> text_keys() {
    return {{.name = "s3.compression.type",
             .default_value = "none",
             .importance = Importance::low,
             .documentation = "Compression of JsonFormat and ByteArrayFormat.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "Compression type",
             .recommended = {"none", "gzip"},
             .check = one_of({"none", "gzip"})},
            {.name = "s3.compression.level",
             .type = int_,
             .default_value = "-1",
             .importance = Importance::low,
             .documentation = "Level of gzip, 0 to 9; -1: zlib's default.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "Compression Level",
             .check = between(-1, 9)},
            {.name = "json.decimal.format",
             .default_value = "BASE64",
             .documentation = "How JsonFormat writes decimals of records with a schema: BASE64 or NUMERIC.",
             .group = "S3",
             .width = Width::medium,
             .display_name = "Decimal Format",
             .recommended = {"BASE64", "NUMERIC"},
             .check = one_of_ignoring_case({"BASE64", "NUMERIC"})},
            {.name = "format.bytearray.extension",
             .default_value = ".bin",
             .importance = Importance::low,
             .documentation = "Extension of ByteArrayFormat's objects.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "Output file extension for ByteArrayFormat"},
            {.name = "format.bytearray.separator",
             .importance = Importance::low,
             .documentation = "What ByteArrayFormat writes behind each record; \\n and the like are understood. "
                              "A line's end by default.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "Line separator ByteArrayFormat"}};
}

std::vector<Key> null_keys() {
    return {{.name = "behavior.on.null.values",
             .default_value = "fail",
             .importance = Importance::low,
             .documentation = "Of records without a value: fail, ignore, or write their keys.",
             .group = "S3",
             .width = Width::short_,
             .display_name = "Behavior for null-valued records",
             .recommended = {"fail", "ignore", "write"},
             .check = one_of_ignoring_case({"fail", "ignore", "write"})},
            {.name = "report.null.values.to.dlq",
             .type = boolean,
             .default_value = "true",
             .importance = Importance::low,
             .documentation = "Records that are ignored because they have no value go to the dead-letter queue.",
             .group = "S3",
             .width = Width::short_,
             .display_name = "Report null value to dlq"},
            {.name = "max.write.duration.ms",
             .type = long_,
             .default_value = "9223372036854775807",
             .importance = Importance::low,
             .documentation = "Taken and not needed: no call lasts so long that a task would lose its partitions.",
             .group = "S3",
             .width = Width::short_,
             .display_name = "Maximum write duration"},
            {.name = "rotate.file.on.partition.change",
             .type = boolean,
             .default_value = "false",
             .importance = Importance::low,
             .documentation = "With rotate.interval.ms: objects are written whenever the encoded partition is another "
                              "than the record before. The original's default is true; late records then make "
                              "objects of one record.",
             .group = "S3",
             .width = Width::short_,
             .display_name = "Rotate files on partition change"},
            {.name = "tombstone.encoded.partition",
             .default_value = "tombstone",
             .importance = Importance::low,
             .documentation = "Where behavior.on.null.values=write puts records without a value.",
             .group = "S3",
             .width = Width::short_,
             .display_name = "Tombstone Encoded Partition",
             .check = not_blank()}};
}

std::vector<std::string> side_formats(bool with_bytes) {
    std::vector<std::string> all{std::string(s3_class::avro), std::string(s3_class::json),
                                 std::string(s3_class::parquet)};
    if (with_bytes) all.emplace_back(s3_class::bytes);
    return all;
}

}  // namespace

std::vector<Key> s3_content_keys() {
    std::vector<Key> keys = text_keys();
    std::vector<Key> more = null_keys();
    keys.insert(keys.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    return keys;
}

std::vector<Key> s3_side_keys() {
    return {{.name = "store.kafka.keys",
             .type = boolean,
             .default_value = "false",
             .importance = Importance::low,
             .documentation = "Write the records' keys too, into objects of their own.",
             .group = "Keys and Headers",
             .width = Width::short_,
             .display_name = "Store kafka keys",
             .dependents = {"keys.format.class"}},
            {.name = "store.kafka.headers",
             .type = boolean,
             .default_value = "false",
             .importance = Importance::low,
             .documentation = "Write the records' headers too, into objects of their own.",
             .group = "Keys and Headers",
             .width = Width::short_,
             .display_name = "Store kafka headers",
             .dependents = {"headers.format.class"}},
            {.name = "keys.format.class",
             .type = class_,
             .default_value = std::string(s3_class::avro),
             .importance = Importance::low,
             .documentation = "The format of the objects of keys.",
             .group = "Keys and Headers",
             .display_name = "Keys format class",
             .recommended = side_formats(true),
             .check = one_of(side_formats(true))},
            {.name = "headers.format.class",
             .type = class_,
             .default_value = std::string(s3_class::avro),
             .importance = Importance::low,
             .documentation = "The format of the objects of headers.",
             .group = "Keys and Headers",
             .display_name = "Headers format class",
             .recommended = side_formats(false),
             .check = one_of(side_formats(false))}};
}

}  // namespace pinflow::connect
