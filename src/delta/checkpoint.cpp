#include "delta/checkpoint.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "base/uuid.h"
#include "delta/log_files.h"
#include "engine/database.h"

namespace pinflow::delta {
namespace {

namespace fs = std::filesystem;

// The columns of a V1 checkpoint, as DuckDB reads them out of the same lines that a commit file holds.
constexpr std::string_view checkpoint_columns =
    "{txn: 'STRUCT(appId VARCHAR, version BIGINT, lastUpdated BIGINT)', "
    "add: 'STRUCT(path VARCHAR, partitionValues MAP(VARCHAR, VARCHAR), size BIGINT, modificationTime BIGINT, "
    "dataChange BOOLEAN, stats VARCHAR, tags MAP(VARCHAR, VARCHAR))', "
    "remove: 'STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN, extendedFileMetadata BOOLEAN, "
    "partitionValues MAP(VARCHAR, VARCHAR), size BIGINT)', "
    "metaData: 'STRUCT(id VARCHAR, \"name\" VARCHAR, description VARCHAR, format STRUCT(provider VARCHAR, options "
    "MAP(VARCHAR, VARCHAR)), schemaString VARCHAR, partitionColumns VARCHAR[], configuration MAP(VARCHAR, VARCHAR), "
    "createdTime BIGINT)', "
    "protocol: 'STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER, readerFeatures VARCHAR[], writerFeatures "
    "VARCHAR[])'}";

struct Lines {
    std::string text;
    size_t count = 0;
};

Lines lines_of(const Snapshot& snapshot, int64_t tombstones_from_ms) {
    Lines lines;
    const auto append = [&](const auto& action) {
        append_action(lines.text, action);
        ++lines.count;
    };
    append(*snapshot.protocol);
    append(*snapshot.metadata);
    snapshot.txns.for_each([&](const TxnSet::Pointer& txn) { append(*txn); });
    snapshot.tombstones.for_each([&](const TombstoneSet::Pointer& remove) {
        if (remove->deletion_ms.value_or(0) >= tombstones_from_ms) append(*remove);
    });
    snapshot.files.for_each([&](const FileSet::Pointer& file) {
        AddFile add = *file;
        add.data_change = false;  // nothing changes by a checkpoint
        append(add);
    });
    return lines;
}

Result<> write_plain(const fs::path& path, std::string_view contents) {
    PINFLOW_ASSIGN(auto file, posix_disk().open(path, Disk::Mode::create_new));
    const Bytes piece = as_bytes(contents);
    return file->write_at(std::span(&piece, 1), 0);
}

// DuckDB turns the lines into Parquet in a scratch file; what counts is then written through the Disk.
Result<std::string> parquet_of(const Environment& environment, const fs::path& scratch, std::string_view lines) {
    const std::string input = scratch.string() + ".lines.tmp";
    const std::string output = scratch.string() + ".parquet.tmp";
    const auto convert = [&]() -> Result<std::string> {
        PINFLOW_TRY(write_plain(input, lines));
        PINFLOW_ASSIGN(engine::Connection connection, environment.database->connect());
        PINFLOW_TRY(connection.execute(fmt::format(
            "COPY (SELECT * FROM read_json({}, format = 'newline_delimited', columns = {})) TO {} (FORMAT parquet, "
            "COMPRESSION snappy)",
            engine::quote_text(input), checkpoint_columns, engine::quote_text(output))));
        return read_file(posix_disk(), output);
    };
    auto contents = convert();
    for (const std::string& path : {input, output}) {
        std::error_code ignored;  // clean_log() removes what stays
        fs::remove(path, ignored);
    }
    return contents;
}

// The actions in Parquet files, as the lines that a commit file would hold.
Result<std::string> lines_of_parquet(const Environment& environment, const std::vector<fs::path>& paths) {
    std::string files;
    for (const fs::path& path : paths) files += (files.empty() ? "" : ", ") + engine::quote_text(path.string());
    PINFLOW_ASSIGN(engine::Connection connection, environment.database->connect());
    PINFLOW_ASSIGN(const auto rows,
                   connection.query(fmt::format(
                       "SELECT CAST(to_json(one) AS VARCHAR) FROM (SELECT COLUMNS(c -> c IN ('txn', 'add', 'remove', "
                       "'metaData', 'protocol', 'sidecar')) FROM read_parquet([{}], union_by_name = true)) AS one",
                       files)));
    std::string lines;
    for (size_t row = 0; row < rows.row_count(); ++row) {
        lines += as_text(rows.blob(row, 0));
        lines += '\n';
    }
    return lines;
}

Result<std::vector<Action>> read_parquet(const Environment& environment, TableFiles& files,
                                         const std::vector<std::string>& names) {
    PINFLOW_ASSIGN(const TableFiles::Copies copies, files.copies_of_log(names));
    PINFLOW_ASSIGN(const std::string lines, lines_of_parquet(environment, copies.paths));
    return parse_actions(lines);
}

Result<std::vector<Action>> read_top(const Environment& environment, TableFiles& files,
                                     const std::vector<std::string>& names) {
    if (names.front().ends_with(".json")) {
        PINFLOW_ASSIGN(const std::string lines, files.read_log(names.front(), nullptr));
        return parse_actions(lines);
    }
    return read_parquet(environment, files, names);
}

// What a V2 checkpoint keeps in files beside it. They all lie in one folder, whatever path the checkpoint writes.
Result<std::vector<Action>> read_sidecars(const Environment& environment, TableFiles& files,
                                          const std::vector<Action>& top) {
    std::vector<std::string> names;
    for (const Action& action : top) {
        const Sidecar* sidecar = std::get_if<Sidecar>(&action);
        if (!sidecar) continue;
        const auto decoded = percent_decode(sidecar->path);
        if (!decoded) return fail(Code::corrupt, "sidecar '{}' has a broken % escape", sidecar->path);
        names.push_back((fs::path("_sidecars") / fs::path(*decoded).filename()).string());
    }
    if (names.empty()) return std::vector<Action>();
    return read_parquet(environment, files, names);
}

}  // namespace

Result<> write_checkpoint(const Environment& environment, TableFiles& files, const Snapshot& snapshot,
                          int64_t tombstones_from_ms) {
    const Lines lines = lines_of(snapshot, tombstones_from_ms);
    const fs::path scratch = files.scratch() / fmt::format(".{}.{}", snapshot.version, Uuid::random().text());
    auto contents = parquet_of(environment, scratch, lines.text);
    if (!contents) {
        return fail(std::move(contents).error().within(
            fmt::format("writing the checkpoint of {} at version {}", files.where(), snapshot.version)));
    }
    PINFLOW_TRY(files.replace_log(checkpoint_name(snapshot.version), *contents));
    JsonWriter last;
    last.begin_object().key("version").number(snapshot.version).key("size").number(lines.count);
    last.key("sizeInBytes").number(contents->size()).key("numOfAddFiles").number(snapshot.files.size()).end_object();
    return files.replace_log("_last_checkpoint", last.text());
}

Result<Snapshot> read_checkpoint(const Environment& environment, TableFiles& files, int64_t version,
                                 const std::vector<std::string>& names) {
    const auto within = [&](Error error) {
        return fail(std::move(error).within(fmt::format("checkpoint {}", names.front())));
    };
    auto top = read_top(environment, files, names);
    if (!top) return within(std::move(top).error());
    auto beside = read_sidecars(environment, files, *top);
    if (!beside) return within(std::move(beside).error());
    Snapshot snapshot;
    for (const Action& action : *top) apply_checkpoint_row(snapshot, action);
    for (const Action& action : *beside) apply_checkpoint_row(snapshot, action);
    snapshot.version = version;
    if (!snapshot.metadata || !snapshot.protocol) {
        return fail(Code::corrupt, "checkpoint {} has no metadata or no protocol", names.front());
    }
    return snapshot;
}

}  // namespace pinflow::delta
