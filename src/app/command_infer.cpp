// pinflow infer: a pipeline's declaration to start from, written by what a topic's records look like.
#include <fmt/core.h>
#include <unistd.h>

#include <fstream>

#include "app/commands.h"
#include "app/place.h"
#include "app/record_pages.h"
#include "base/base64.h"
#include "base/disk.h"
#include "base/text.h"
#include "console/text_table.h"
#include "engine/database.h"
#include "sink/check.h"
#include "sink/inferred_checks.h"
#include "sink/inferred_pipeline.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

// What was looked at, and the start of it as lines, on which the declaration is tried.
struct Sample {
    static constexpr size_t most_tried_bytes = size_t{64} << 20;

    void add(std::string_view value) {
        facts.add(value);
        if (lines.size() + value.size() >= most_tried_bytes) return;
        lines += value;
        lines += '\n';
    }
    sink::Inference facts;
    std::string lines;
};

// A line of RecordPages. A record without a value makes no row.
Result<> add_record(std::string_view line, Sample& sample) {
    PINFLOW_ASSIGN(const Json record, parse_json_tree(line, {}));
    if (const Json* const value = record.find("value"); value != nullptr && value->text() != nullptr) {
        std::string text = *value->text();
        std::ranges::replace(text, '\n', ' ');  // between tokens: inside a string JSON has it escaped
        sample.add(text);
    } else if (value == nullptr) {
        sample.facts.add(base64_decode(record.text_or("value_base64")).value_or(""));
    }
    return {};
}

Result<> read_topic(const InferOptions& options, Sample& sample) {
    PINFLOW_ASSIGN(RecordPages pages, RecordPages::open(options.target, options.topic, options.records, true));
    const bool shows_progress = ::isatty(STDERR_FILENO) != 0;
    while (!interrupted()) {
        PINFLOW_ASSIGN(const std::string page, pages.next(1000, 0));
        if (page.empty()) break;
        for (const std::string_view line : split(page, '\n'))
            if (!line.empty()) PINFLOW_TRY(add_record(line, sample));
        if (shows_progress) fmt::print(stderr, "\r{} records", sample.facts.records);
    }
    if (shows_progress) fmt::print(stderr, "\r");
    if (interrupted()) return fail(Code::cancelled, "ended by a signal; nothing was written");
    return {};
}

Result<> read_lines(const std::string& file, Sample& sample) {
    std::ifstream input(file);
    for (std::string line; std::getline(input, line);)
        if (!trim(line).empty()) sample.add(trim(line));
    if (!input.eof()) return fail(Code::io, "cannot read {}", file);
    return {};
}

// Of a topic's name what may name a table and a kind.
std::string name_of(const InferOptions& options) {
    std::string name = to_lower(options.name.empty() ? options.topic : options.name);
    for (char& c : name)
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) c = '_';
    return name.front() >= '0' && name.front() <= '9' ? "t_" + name : name;
}

Result<> write_new(const fs::path& folder, const sink::InferredPipeline& made) {
    std::error_code error;
    if (fs::exists(folder, error))
        return fail(Code::exists, "{} is there already: name another folder with --into", folder.string());
    if (!fs::create_directories(folder, error))
        return fail(Code::io, "cannot make {}: {}", folder.string(), error.message());
    for (const auto& [name, text] :
         {std::pair<fs::path, const std::string&>{"pipeline.toml", made.toml}, {made.sql_file, made.sql}}) {
        std::ofstream out(folder / name);
        out << text;
        if (!out.flush()) return fail(Code::io, "cannot write {}", (folder / name).string());
    }
    return {};
}

std::string listing(const sink::InferredPipeline& made, const sink::Inference& facts, engine::Format format) {
    console::TextTable table({"field", "type", "example", "rows", "unknown", "other_type", "distinct"}, 3);
    for (const sink::InferredField& field : made.fields) {
        std::string example;
        for (const auto& shapes : field.facts->shapes)
            if (example.empty() && !shapes.examples.empty()) example = shapes.examples.front();
        table.add({field.facts->name, std::string(engine::type_name(field.type)), example,
                   std::to_string(field.facts->rows), std::to_string(facts.rows - field.known),
                   std::to_string(field.misfits), std::to_string(field.facts->distinct())});
    }
    return table.write(format);
}

// The declaration is loaded as `pinflow up` would, and tried on what it was made from.
Result<> try_out(const fs::path& folder, const Sample& sample) {
    PINFLOW_ASSIGN(const auto database, engine::Database::open({.allowed_folders = {fs::temp_directory_path()}}));
    PINFLOW_ASSIGN(const auto pipelines, sink::Pipelines::load({folder}, *database));
    PINFLOW_ASSIGN(const auto tables,
                   sink::check_sample(*pipelines, "", sample.lines, *database, engine::Format::table));
    for (const sink::CheckedTable& table : tables)
        fmt::print(stderr, "tried on the sample: {} rows, {} records quarantined, {} without a row\n", table.rows,
                   table.quarantined, table.skipped);
    return {};
}

Result<> infer(const InferOptions& options) {
    Sample sample;
    PINFLOW_TRY(options.file.empty() ? read_topic(options, sample) : read_lines(options.file, sample));
    const std::string name = name_of(options);
    const fs::path folder = options.into.empty() ? name : options.into;
    PINFLOW_ASSIGN(const auto made, sink::infer_pipeline(sample.facts, name, options.topic));
    PINFLOW_TRY(write_new(folder, made));
    fmt::print("{}", listing(made, sample.facts, engine::parse_format(options.format).value_or(engine::Format::table)));
    for (const std::string& each : made.left_out) fmt::print(stderr, "left out: {}\n", each);
    fmt::print(stderr, "{} and {} are in {}\n", "pipeline.toml", made.sql_file, folder.string());
    PINFLOW_TRY(try_out(folder, sample));
    fmt::print(stderr, "next: read them, then pinflow up --pipelines {}\n", folder.string());
    return {};
}

}  // namespace

int run_infer(const InferOptions& options) {
    interrupted();
    const auto outcome = infer(options);
    return outcome ? 0 : report(outcome.error());
}

}  // namespace pinflow::app
