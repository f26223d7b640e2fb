#include "connect/file_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/json_text.h"
#include "connect/config_def.h"
#include "connect/converter.h"

namespace pinflow::connect {
namespace {

namespace fs = std::filesystem;

// Tasks of one connector append to one file, each with whole lines.
class FileSinkTask final : public Task {
  public:
    FileSinkTask(int file, std::unique_ptr<Converter> values, ErrorReporter& errors)
        : file_(file), values_(std::move(values)), errors_(errors) {}
    ~FileSinkTask() override { ::close(file_); }

    Result<std::vector<Position>> open(std::span<const TopicPartition>) override { return {}; }
    Result<> put(const Records& records) override;
    Result<std::vector<Position>> tick(int64_t now_ms) override;
    void close(std::span<const TopicPartition> partitions) override {
        for (const TopicPartition& each : partitions) written_.erase(each);
    }

  private:
    Result<> write(std::string_view text) const;

    int file_;
    std::unique_ptr<Converter> values_;
    ErrorReporter& errors_;
    std::map<TopicPartition, int64_t> written_;  // since the last sync
};

// As Java prints it: a text is itself, without quotes.
void append_line(std::string& out, const Value& value) {
    const bool is_quoted = value.kind == Value::Kind::json && value.contents.starts_with('"');
    if (value.kind == Value::Kind::null)
        out += "null";
    else
        out += is_quoted ? json_string_text(value.contents) : value.contents;
    out += '\n';
}

Result<> FileSinkTask::put(const Records& records) {
    std::string lines;
    for (size_t i = 0; i < records.records.size(); ++i) {
        if (records.is_forgotten(i)) continue;
        const log::Record& record = records.records[i];
        const auto value = values_->convert(record.value);
        if (value) {
            append_line(lines, *value);
            continue;
        }
        PINFLOW_TRY(errors_.report({.from = records.from,
                                    .record = record,
                                    .stage = Stage::value_converter,
                                    .exception_class = value.error().exception_class,
                                    .message = value.error().message}));
    }
    PINFLOW_TRY(write(lines));
    written_[records.from] = records.records.back().offset + 1;
    return {};
}

Result<> FileSinkTask::write(std::string_view text) const {
    while (!text.empty()) {
        const ssize_t written = ::write(file_, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail(system_error("write to the connector's file"));
        text.remove_prefix(static_cast<size_t>(written));
    }
    return {};
}

Result<std::vector<Position>> FileSinkTask::tick(int64_t) {
    std::vector<Position> safe;
    if (written_.empty()) return safe;
    if (::fdatasync(file_) != 0 && errno != EINVAL)  // a pipe or a terminal keeps nothing
        return fail(system_error("sync the connector's file"));
    for (const auto& [partition, next] : written_) safe.push_back({partition, next});
    written_.clear();
    return safe;
}

}  // namespace

FileSink::FileSink(fs::path folder) : folder_(std::move(folder)) {
    keys_.push_back({.name = "file",
                     .required = true,
                     .importance = Importance::high,
                     .documentation = fmt::format("The file to append to, below {}.", folder_.string()),
                     .check = [this](std::string_view file) -> std::optional<std::string> {
                         const auto path = path_of(file);
                         return path ? std::nullopt : std::optional(path.error().message);
                     }});
}

KeyErrors FileSink::check(const Properties&) const {
    return {};
}

// Links count as what they lead to.
Result<fs::path> FileSink::path_of(std::string_view file) const {
    if (file.empty()) return fail(Code::invalid, "Name a file: the standard output is Pinflow's own");
    std::error_code error;
    const fs::path folder = fs::weakly_canonical(folder_, error), path = fs::weakly_canonical(folder / file, error);
    const fs::path below = path.lexically_relative(folder);
    if (!error && !below.empty() && below != "." && *below.begin() != "..") return path;
    return fail(Code::invalid, "Files of connectors are below {}; connect.file_folder names another folder",
                folder.string());
}

Result<std::unique_ptr<Task>> FileSink::make_task(const Properties& config, TaskContext context) {
    PINFLOW_ASSIGN(const fs::path path, path_of(text_of(config, "file")));
    PINFLOW_ASSIGN(auto values, make_converter(config, "value.converter"));
    PINFLOW_TRY(posix_disk().make_directories(path.parent_path()));
    const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0)
        return fail(
            system_error(fmt::format("Couldn't find or create file '{}' for FileStreamSinkTask", path.string())));
    return std::make_unique<FileSinkTask>(file, std::move(values), context.errors);
}

}  // namespace pinflow::connect
