// pinflow import: records of objects, of a Delta table or of another Kafka into a topic.
#include <fmt/core.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/place.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/json_writer.h"
#include "base/properties_file.h"
#include "importer/delta_source.h"
#include "importer/import.h"
#include "importer/kafka_source.h"
#include "importer/object_source.h"
#include "objects/open.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;
using importer::Source;

Result<importer::Settings> read_settings(const std::string& file) {
    importer::Settings settings;
    if (file.empty()) return settings;
    PINFLOW_ASSIGN(const std::string text, read_file(posix_disk(), file));
    for (const Property& each : parse_properties(text)) settings[each.key] = each.value;
    return settings;
}

importer::ReadingSurroundings reading() {
    return {.around = {.environment = environment}, .scratch = fs::temp_directory_path()};
}

Result<std::unique_ptr<Source>> open_url(const ImportCommand& command, const std::string& url) {
    PINFLOW_ASSIGN(auto store, objects::open_store(url, reading().around));
    PINFLOW_ASSIGN(auto table, importer::delta_in_store(*store, url, reading()));
    if (table) return importer::DeltaSource::open(std::move(*table), url, command.version);
    return importer::ObjectSource::open(std::move(store), url);
}

Result<std::unique_ptr<Source>> open_folder(const ImportCommand& command, fs::path folder) {
    if (!fs::is_directory(folder))
        return fail(Code::not_found, "{} is no folder; for one file of JSON lines: pinflow produce {} --file {}",
                    folder.string(), command.topic, folder.string());
    folder = fs::canonical(folder);
    if (!fs::is_directory(folder / "_delta_log")) return open_url(command, "file://" + folder.string());
    PINFLOW_ASSIGN(auto table, importer::delta_folder(folder, reading()));
    return importer::DeltaSource::open(std::move(table), folder.string(), command.version);
}

Result<std::unique_ptr<Source>> open_source(const ImportCommand& command) {
    constexpr std::string_view file_scheme = "file://";
    const std::string& source = command.source;
    if (source.starts_with("kafka://")) {
        PINFLOW_ASSIGN(const auto place, importer::parse_kafka_url(source));
        PINFLOW_ASSIGN(auto settings, read_settings(command.source_config));
        return importer::KafkaSource::open(place, std::move(settings), command.follow);
    }
    if (source.starts_with(file_scheme)) return open_folder(command, source.substr(file_scheme.size()));
    if (source.find("://") != std::string::npos) return open_url(command, source);
    return open_folder(command, source);
}

Result<std::string> kafka_door_of(const ImportCommand& command) {
    if (!command.kafka.empty()) return command.kafka;
    return locate_kafka({.url = {}, .data = command.data, .ca = {}, .certificate = {}, .key = {}});
}

class Display {
  public:
    void show(const importer::Progress& progress) {
        if (::isatty(STDERR_FILENO) == 0) return;
        const auto so_far_ms = static_cast<double>(system_clock().steady_ms() - start_ms_);
        fmt::print(stderr, "\r{} records, {:.1f} MB, {:.0f} records/s, {} ", progress.records,
                   static_cast<double>(progress.bytes) / 1e6, static_cast<double>(progress.records) * 1e3 / so_far_ms,
                   progress.source);
        is_open_ = true;
    }
    void end() const {
        if (is_open_) fmt::print(stderr, "\n");
    }

  private:
    int64_t start_ms_ = system_clock().steady_ms();
    bool is_open_ = false;
};

std::string summary(const ImportCommand& command, const importer::Imported& imported) {
    JsonWriter json;
    json.begin_object().key("topic").string(command.topic).key("source").string(command.source);
    json.key("records").number(imported.total.records).key("bytes").number(imported.total.bytes);
    json.key("before").number(imported.before).key("complete").boolean(imported.is_complete);
    json.key("left_out").begin_array();
    for (const std::string& each : imported.left_out) json.string(each);
    json.end_array().end_object();
    return json.text();
}

Result<bool> import_source(const ImportCommand& command) {
    PINFLOW_ASSIGN(auto settings, read_settings(command.kafka_config));
    if (!settings.contains("bootstrap.servers")) {
        PINFLOW_ASSIGN(settings["bootstrap.servers"], kafka_door_of(command));
    }
    Display display;
    const auto imported = importer::import_records([&] { return open_source(command); },
                                                   {.topic = command.topic,
                                                    .kafka = std::move(settings),
                                                    .may_append = command.may_append,
                                                    .show = [&](const auto& progress) { display.show(progress); },
                                                    .stop = interrupted()});
    display.end();
    if (!imported) return fail(imported.error());
    fmt::print("{}\n", summary(command, *imported));
    for (const std::string& each : imported->left_out) fmt::print(stderr, "left out: {}\n", each);
    if (!imported->is_complete) fmt::print(stderr, "ended by a signal; the same command goes on where it is\n");
    return imported->is_complete;
}

}  // namespace

int run_import(const ImportCommand& command) {
    const auto done = import_source(command);
    if (!done) return report(done.error());
    return *done ? 0 : 2;
}

}  // namespace pinflow::app
