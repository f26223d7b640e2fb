// What a record, a setting or the cut file may bring: converters, fields, times, patterns.
#include "base/faulty_disk.h"
#include "connect/iso_time.h"
#include "connect/json_field.h"
#include "connect/path_format.h"
#include "connect/s3_cuts.h"
#include "connect/s3_partitioner.h"

using namespace pinflow;
using namespace pinflow::connect;

namespace {

void try_pattern(std::string_view text) {
    static const TimeZone zone = TimeZone::find("America/New_York").value();
    const auto format = PathFormat::parse(text);
    std::string out;
    if (!format) return;
    for (const int64_t time : {int64_t{0}, int64_t{-1}, int64_t{1'606'780'800'000}, int64_t{-62'167'219'200'000}})
        format->append(out, time, zone);
    (void)parse_iso_time(text);
    (void)TimeZone::find(text);
}

// Whatever is taken is one line of JSON.
void try_record(std::string_view text) {
    static const S3Partitioning how{
        .layout = S3Layout::by_field, .fields = {"a.b", "c"}, .source = TimeSource::field, .timestamp_field = "t"};
    static S3Partitioner partitioner(how, "/");
    for (const char* schemas : {"true", "false"}) {
        const auto converter = make_converter({{"value.converter", "org.apache.kafka.connect.json.JsonConverter"},
                                               {"value.converter.schemas.enable", schemas}},
                                              "value.converter");
        const auto value = (*converter)->convert(as_bytes(text));
        if (!value || value->kind == Value::Kind::null) continue;
        if (value->contents.contains('\n') || !compact_json(value->contents)) __builtin_trap();
        const log::Record record;
        (void)partitioner.encode({record, {}, *value}, 0, 0);
        (void)partitioner.time_of({record, {}, *value}, 0);
    }
}

void try_cuts(std::string_view text) {
    FaultyDisk disk(1);
    if (!disk.make_directories("/c") || !replace_file(disk, "/c/cuts", text)) __builtin_trap();
    const auto cuts = S3Cuts::open(disk, "/c/cuts");
    if (!cuts || !(*cuts)->keep({{{"t", 0}, {S3Decision::What::cut, 7, 0}}})) __builtin_trap();
    const auto again = S3Cuts::open(disk, "/c/cuts");
    if (!again || (*again)->of({"t", 0}).cuts.empty()) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (text.empty()) return 0;
    switch (text[0] % 3) {
        case 0:
            try_pattern(text.substr(1));
            break;
        case 1:
            try_record(text.substr(1));
            break;
        default:
            try_cuts(text.substr(1));
    }
    return 0;
}
