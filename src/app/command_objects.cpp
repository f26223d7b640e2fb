// pinflow objects: one call to an object store, to see what it has and whether it can be reached.
#include <fmt/core.h>

#include <cstdio>
#include <memory>

#include "app/commands.h"
#include "app/place.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "objects/open.h"

namespace pinflow::app {
namespace {

using objects::ObjectStore;

constexpr size_t piece_bytes = 8 << 20;

struct CloseFile {
    void operator()(std::FILE* file) const {
        if (file != stdin && file != stdout) std::fclose(file);
    }
};
using OpenFile = std::unique_ptr<std::FILE, CloseFile>;

Result<OpenFile> open_file(const std::string& path, const char* mode, std::FILE* otherwise) {
    OpenFile file(path.empty() ? otherwise : std::fopen(path.c_str(), mode));
    if (!file) return fail(system_error("open " + path));
    return file;
}

void print_object(const objects::Info& object, bool as_json) {
    if (!as_json) {
        fmt::print("{:>14}  {:24}  {}\n", object.size, iso_time_ms(object.modified_ms), object.key);
        return;
    }
    JsonWriter line;
    line.begin_object().key("key").string(object.key).key("size").number(static_cast<int64_t>(object.size));
    line.key("etag").string(object.etag).key("modified").string(iso_time_ms(object.modified_ms)).end_object();
    fmt::print("{}\n", line.text());
}

void print_prefix(const std::string& prefix, bool as_json) {
    if (!as_json) {
        fmt::print("{:>14}  {:24}  {}\n", "-", "", prefix);
        return;
    }
    JsonWriter line;
    line.begin_object().key("prefix").string(prefix).end_object();
    fmt::print("{}\n", line.text());
}

Result<> list(ObjectStore& store, const ObjectsOptions& options) {
    objects::ListRequest request{.prefix = options.key, .delimiter = options.delimiter, .after = options.after};
    const bool as_json = options.format == "ndjson";
    do {
        PINFLOW_ASSIGN(const objects::ListPage page, store.list(request));
        for (const objects::Info& object : page.objects) print_object(object, as_json);
        for (const std::string& prefix : page.prefixes) print_prefix(prefix, as_json);
        request.page = page.next;
    } while (!request.page.empty());
    return {};
}

Result<> write_out(std::FILE* file, std::string_view contents) {
    if (std::fwrite(contents.data(), 1, contents.size(), file) == contents.size()) return {};
    return fail(system_error("write"));
}

Result<> get(ObjectStore& store, const ObjectsOptions& options) {
    PINFLOW_ASSIGN(const objects::Info info, store.head(options.key));
    PINFLOW_ASSIGN(const OpenFile file, open_file(options.file, "wb", stdout));
    if (info.size <= piece_bytes) {  // at once: its checksum can be looked at
        PINFLOW_ASSIGN(const objects::Object object, store.get(options.key, std::nullopt));
        PINFLOW_TRY(write_out(file.get(), object.contents));
    }
    for (uint64_t at = 0; info.size > piece_bytes && at < info.size; at += piece_bytes) {
        PINFLOW_ASSIGN(const objects::Object part, store.get(options.key, objects::Range{at, piece_bytes}));
        if (part.info.etag != info.etag)
            return fail(Code::conflict, "{} was written anew while it was read; try again", options.key);
        PINFLOW_TRY(write_out(file.get(), part.contents));
    }
    if (std::fflush(file.get()) != 0) return fail(system_error("write"));
    return {};
}

Result<> put(ObjectStore& store, const ObjectsOptions& options) {
    PINFLOW_ASSIGN(const OpenFile file, open_file(options.file, "rb", stdin));
    const auto mode = options.if_absent ? objects::Write::if_absent : objects::Write::replace;
    PINFLOW_ASSIGN(const auto upload, store.upload(options.key, mode));
    std::string piece(1 << 20, '\0');
    while (const size_t got = std::fread(piece.data(), 1, piece.size(), file.get()))
        PINFLOW_TRY(upload->write(as_bytes(std::string_view(piece).substr(0, got))));
    if (std::ferror(file.get()) != 0) return fail(system_error("read"));
    PINFLOW_ASSIGN(const objects::Info info, upload->finish());
    print_object(info, true);
    return {};
}

Result<> act(const ObjectsOptions& options) {
    PINFLOW_ASSIGN(const auto store, objects::open_store(options.url, {.environment = environment}));
    if (options.action == "ls") return list(*store, options);
    if (options.action == "get") return get(*store, options);
    if (options.action == "put") return put(*store, options);
    return store->remove(options.key);
}

}  // namespace

int run_objects(const ObjectsOptions& options) {
    const auto done = act(options);
    if (done) return 0;
    report(done.error());
    return options.if_absent && done.error().code == objects::taken ? 2 : 1;
}

}  // namespace pinflow::app
