// The path into tables without the log and without Delta: CPU seconds per million records for the parse, and for
// cleaning SQL with Parquet; then the cost of a tiny commit. Usage: bench_engine FOLDER [pin.sql [million records]]
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "bench/measure.h"
#include "engine/batch_function.h"
#include "engine/database.h"
#include "engine/parquet_writer.h"

namespace {

using namespace pinflow;
using namespace pinflow::bench;
using namespace pinflow::engine;

const std::vector<Field> pin_fields = {
    {"index", FieldType::bigint},           {"idx", FieldType::bigint},          {"ind", FieldType::bigint},
    {"unique_id", FieldType::text},         {"title", FieldType::text},          {"description", FieldType::text},
    {"poster_name", FieldType::text},       {"follower_count", FieldType::text}, {"tag_list", FieldType::text},
    {"is_image_or_video", FieldType::text}, {"image_src", FieldType::text},      {"save_location", FieldType::text},
    {"category", FieldType::text}};

void fill(JsonColumns& batch, const std::vector<std::string>& records, size_t from, size_t to) {
    batch.clear();
    for (size_t i = from; i < to; ++i) {
        batch.add({.topic = "12.pin",
                   .offset = static_cast<int64_t>(i),
                   .timestamp_ms = 1'700'000'000'000,
                   .value = as_bytes(records[i])});
    }
}

std::string stored(const std::string& cleaning) {
    return fmt::format("SELECT * EXCLUDE (_followers, _place) FROM ({})", cleaning);
}

void full_load(const std::filesystem::path& folder, const std::string& select, size_t count, size_t batch_rows,
               const ParquetOptions& options, const char* label) {
    const int threads = std::getenv("THREADS") != nullptr ? std::atoi(std::getenv("THREADS")) : 1;
    auto database = need(Database::open({.threads = threads, .external_access = true, .keep_order = false}));
    auto connection = need(database->connect());
    JsonColumns batch(pin_fields);
    need(register_batch(connection, "input", batch));
    auto writer = need(ParquetWriter::prepare(connection, select, folder / "staging", options));
    std::mt19937_64 random(100);
    std::vector<std::string> records;
    size_t bytes = 0;
    for (size_t i = 0; i < batch_rows; ++i) bytes += records.emplace_back(pin(random, i)).size();
    double parse = 0;
    double write = 0;
    double wall = 0;
    uint64_t file_bytes = 0;
    for (size_t done = 0; done < count; done += batch_rows) {
        const double start = cpu_seconds();
        const double wall_start = wall_seconds();
        fill(batch, records, 0, batch_rows);
        const double parsed = cpu_seconds();
        const auto file = need(writer.write(folder / "out.parquet"));
        write += cpu_seconds() - parsed;
        parse += parsed - start;
        wall += wall_seconds() - wall_start;
        file_bytes += file.size_bytes;
    }
    const double millions = static_cast<double>(count) / 1e6;
    std::printf(
        "%s: %zu-byte records, batches of %zu: parse %.3f, clean and write %.3f, total %.3f CPU s per million; "
        "%.0f records/s one after the other; %.0f bytes a row in Parquet\n",
        label, bytes / batch_rows, batch_rows, parse / millions, write / millions, (parse + write) / millions,
        static_cast<double>(count) / wall, static_cast<double>(file_bytes) / static_cast<double>(count));
}

void tiny_commits(const std::filesystem::path& folder, const std::string& select, bool prepared) {
    auto database = need(Database::open({.threads = 1, .external_access = true}));
    auto connection = need(database->connect());
    JsonColumns batch(pin_fields);
    need(register_batch(connection, "input", batch));
    std::mt19937_64 random(100);
    const std::vector<std::string> records = {pin(random, 1), pin(random, 2), pin(random, 3)};
    auto writer = need(ParquetWriter::prepare(connection, select, folder / "staging"));
    constexpr int rounds = 300;
    const double start = cpu_seconds();
    for (int i = 0; i < rounds; ++i) {
        fill(batch, records, 0, 3);
        need(prepared ? writer.write(folder / "tiny.parquet")
                      : write_parquet(connection, select, folder / "tiny.parquet"));
    }
    std::printf("tiny commit of 3 records, %s: %.2f CPU ms\n", prepared ? "prepared" : "planned each time",
                (cpu_seconds() - start) * 1000 / rounds);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return std::fprintf(stderr, "usage: bench_engine FOLDER [pin.sql [million records]]\n"), 2;
    const std::filesystem::path folder = argv[1];
    std::filesystem::create_directories(folder);
    std::ostringstream sql;
    sql << std::ifstream(argc > 2 ? argv[2] : "pipelines/pinterest/pin.sql").rdbuf();
    const std::string select = stored(sql.str());
    const auto count = static_cast<size_t>((argc > 3 ? std::atof(argv[3]) : 2) * 1e6);
    full_load(folder, select, count, 200'000, {}, "full load");
    full_load(folder, select, count, 50'000, {}, "full load, smaller batches");
    full_load(folder, select, count, 200'000, {.row_group_rows = 61'440}, "full load, half the row group");
    full_load(folder, "SELECT * FROM input", count, 200'000, {}, "no cleaning");
    tiny_commits(folder, select, true);
    tiny_commits(folder, select, false);
}
