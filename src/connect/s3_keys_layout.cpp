#include "connect/key_checks.h"
#include "connect/s3_key_groups.h"
#include "connect/s3_keys.h"
#include "connect/time_zone.h"

namespace pinflow::connect {
namespace {

using enum ValueType;

std::optional<std::string> check_zone(std::string_view name) {
    if (name.empty()) return std::nullopt;
    if (const auto zone = TimeZone::find(name); !zone) return zone.error().message;
    return std::nullopt;
}

std::vector<Key> storage_keys() {
    return {
        {.name = "storage.class",
         .type = class_,
         .required = true,
         .importance = Importance::high,
         .documentation = "The storage layer.",
         .group = "Storage",
         .display_name = "Storage Class",
         .recommended = {std::string(s3_class::storage)},
         .check = one_of({std::string(s3_class::storage)})},
        {.name = "topics.dir",
         .default_value = "topics",
         .importance = Importance::high,
         .documentation = "The folder that all objects lie in.",
         .group = "Storage",
         .display_name = "Topics directory"},
        {.name = "store.url",
         .importance = Importance::high,
         .documentation = "A store that speaks S3 (http:// or https://), or file:///FOLDER. Empty: the local store, "
                          "unless Pinflow's configuration says another.",
         .group = "Storage",
         .display_name = "Store URL"},
        {.name = "directory.delim",
         .default_value = "/",
         .documentation = "Between folders.",
         .group = "Storage",
         .width = Width::long_,
         .display_name = "Directory Delimiter"},
        {.name = "file.delim",
         .default_value = "+",
         .documentation = "Between topic, partition and offset in names.",
         .group = "Storage",
         .width = Width::long_,
         .display_name = "File Delimiter"}};
}

std::vector<std::string> partitioners() {
    return {std::string(s3_class::by_default), std::string(s3_class::hourly), std::string(s3_class::daily),
            std::string(s3_class::by_time), std::string(s3_class::by_field)};
}

std::vector<Key> partitioner_keys() {
    return {{.name = "partitioner.class",
             .type = class_,
             .default_value = std::string(s3_class::by_default),
             .importance = Importance::high,
             .documentation = "What decides in which folder a record's object lies.",
             .group = "Partitioner",
             .width = Width::long_,
             .display_name = "Partitioner Class",
             .dependents = {"partition.field.name", "partition.duration.ms", "path.format", "locale", "timezone"},
             .recommended = partitioners(),
             .check = one_of(partitioners())},
            {.name = "partition.field.name",
             .type = list,
             .default_value = "",
             .documentation = "Fields for FieldPartitioner; a.b is the field b in a.",
             .group = "Partitioner",
             .display_name = "Partition Field Name"},
            {.name = "partition.duration.ms",
             .type = long_,
             .default_value = "-1",
             .documentation = "How much time one folder of TimeBasedPartitioner covers.",
             .group = "Partitioner",
             .width = Width::long_,
             .display_name = "Partition Duration (ms)"},
            {.name = "path.format",
             .default_value = "",
             .documentation = "The folder's name for a time, such as 'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH.",
             .group = "Partitioner",
             .width = Width::long_,
             .display_name = "Path Format"}};
}

std::vector<Key> time_keys() {
    return {
        {.name = "locale",
         .default_value = "",
         .documentation = "The language of names of months and days in path.format: English.",
         .group = "Partitioner",
         .width = Width::long_,
         .display_name = "Locale"},
        {.name = "timezone",
         .default_value = "",
         .documentation = "Europe/Paris, UTC, +05:30, …",
         .group = "Partitioner",
         .width = Width::long_,
         .display_name = "Timezone",
         .check = check_zone},
        {.name = "timestamp.extractor",
         .default_value = "Wallclock",
         .documentation = "A record's time: Wallclock (now), Record (its timestamp), RecordField (timestamp.field).",
         .group = "Partitioner",
         .width = Width::long_,
         .display_name = "Timestamp Extractor",
         .recommended = {"Wallclock", "Record", "RecordField"},
         .check = one_of({"Wallclock", "Record", "RecordField"})},
        {.name = "timestamp.field",
         .default_value = "timestamp",
         .documentation = "The field for RecordField.",
         .group = "Partitioner",
         .width = Width::long_,
         .display_name = "Record Field for Timestamp Extractor"},
        {.name = "s3.schema.partition.affix.type",
         .default_value = "NONE",
         .importance = Importance::low,
         .documentation = "Put schema_name=… before (PREFIX) or behind (SUFFIX) the encoded partition.",
         .group = "S3",
         .width = Width::long_,
         .display_name = "Schema Partition Affix Type",
         .recommended = {"NONE", "PREFIX", "SUFFIX"},
         .check = one_of({"NONE", "PREFIX", "SUFFIX"})},
        {.name = "partitioner.max.open.files",
         .type = int_,
         .default_value = "-1",
         .importance = Importance::low,
         .documentation = "Objects are written before more than so many of a partition are open. -1: no limit.",
         .group = "S3",
         .display_name = "partitioner.max.open.files",
         .check = at_least(-1)}};
}

}  // namespace

std::vector<Key> s3_layout_keys() {
    std::vector<Key> keys = storage_keys();
    for (auto group : {partitioner_keys, time_keys}) {
        std::vector<Key> more = group();
        keys.insert(keys.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    return keys;
}

}  // namespace pinflow::connect
