#include "delta/object_files.h"

#include <unordered_set>

#include "base/clock.h"
#include "base/text.h"
#include "delta/log_files.h"

namespace pinflow::delta {
namespace {

namespace fs = std::filesystem;
using objects::FileCache;
using objects::Info;

constexpr size_t upload_piece_bytes = 8 << 20;
constexpr size_t most_asked_one_by_one = 8;
constexpr int64_t identities_each_ms = 5'000;  // a listing is a request that costs money
constexpr int64_t stray_ms = 3'600'000;        // a file that nobody published for so long belongs to nobody

bool is_hidden_key(std::string_view key) {
    const auto parts = split(key, '/');
    return std::ranges::any_of(parts, [](const auto& part) { return is_hidden(part); });
}

class ObjectFiles final : public TableFiles {
  public:
    ObjectFiles(std::shared_ptr<objects::ObjectStore> store, std::shared_ptr<FileCache> cache, fs::path folder,
                std::string prefix, std::string where)
        : TableFiles(std::move(folder)),
          store_(std::move(store)),
          cache_(std::move(cache)),
          prefix_(std::move(prefix)),
          where_(std::move(where)) {
        std::error_code ignored;  // whoever writes into it tells
        fs::create_directories(folder_, ignored);
    }

    std::string where() const override { return where_; }
    Result<> prepare() override { return make_folder(folder_); }
    fs::path scratch() override { return cache_->scratch(); }

    Result<std::vector<Entry>> list_log(const std::string& after) override {
        std::vector<Entry> entries;
        const auto add = [&](const Info& object) {
            entries.push_back({object.key.substr(log_key("").size()), false, object.modified_ms});
        };
        const std::string behind = after.empty() ? "" : log_key(after);
        PINFLOW_TRY(for_each({.prefix = log_key(""), .delimiter = "/", .after = behind}, add));
        if (entries.empty() && after.empty()) return fail(Code::not_found, "there is no log at {}", where_);
        return entries;
    }
    Result<std::string> read_log(const std::string& name, std::string* identity) override {
        PINFLOW_ASSIGN(auto object, store_->get(log_key(name), std::nullopt));
        if (identity) *identity = object.info.etag;
        return std::move(object.contents);
    }
    Result<Copies> copies_of_log(const std::vector<std::string>& names) override {
        Copies copies;
        auto held = std::make_shared<std::vector<Held>>();
        for (const auto& name : names) {
            PINFLOW_ASSIGN(auto copy, cache_->copy(*store_, log_key(name)));
            copies.paths.push_back(std::move(copy.path));
            held->push_back(std::move(copy.held));
        }
        copies.held = std::move(held);
        return copies;
    }
    // Of several who put one key only if it is not there, one succeeds. An answer that was lost is looked for by the
    // store, which knows its own writes; what it cannot find out may still arrive.
    Result<Written> create_log(const std::string& name, std::string_view contents, std::string& identity) override {
        const auto put = store_->put(log_key(name), as_bytes(contents), objects::Write::if_absent);
        if (put) identity = put->etag;
        if (put) return Written::done;
        if (put.error().code == objects::taken) return Written::taken;
        if (put.error().code == objects::unsure) return Written::unsure;
        return fail(put.error());
    }
    Result<> settle() override { return {}; }
    Result<> replace_log(const std::string& name, std::string_view contents) override {
        PINFLOW_TRY(store_->put(log_key(name), as_bytes(contents), objects::Write::replace));
        return {};
    }
    Result<> remove_log(const std::string& name) override { return store_->remove(log_key(name)); }
    int64_t log_modified_ms(const std::string& name, int64_t otherwise) override {
        const auto info = store_->head(log_key(name));
        return info ? info->modified_ms : otherwise;
    }
    Result<std::vector<std::string>> identities(const std::vector<std::string>& names) override {
        std::vector<std::string> all(names.size());
        if (names.empty()) return all;
        // Names are in the order of their bytes, and so is the listing: it begins just before the first.
        std::string before = log_key(names.front());
        before.pop_back();
        const auto note = [&](const Info& object) {
            const auto found = std::ranges::find(names, object.key.substr(log_key("").size()));
            if (found != names.end()) all[static_cast<size_t>(found - names.begin())] = object.etag;
        };
        PINFLOW_TRY(for_each({.prefix = log_key(""), .delimiter = "/", .after = before}, note));
        return all;
    }
    int64_t identities_every_ms() const override { return identities_each_ms; }

    // The file stays: it is among the first that are read again.
    Result<> publish(const fs::path& path) override {
        PINFLOW_TRY(upload(path));
        cache_->add(path);
        return {};
    }
    Result<Held> hold(std::span<const DataFile> files) override {
        std::vector<FileCache::Wanted> wanted;
        for (const DataFile& file : files) {
            PINFLOW_ASSIGN(std::string key, key_of(file.path));
            wanted.push_back({std::move(key), file.path, file.size});
        }
        PINFLOW_TRY(make_folder(folder_));
        auto held = cache_->hold(*store_, wanted);
        if (!held) return fail(std::move(held).error().within(where_));
        return held;
    }
    Result<> remove(const fs::path& path) override {
        const auto key = key_of(path);
        if (!key) return {};  // of another table: not ours to delete
        PINFLOW_TRY(store_->remove(*key));
        cache_->drop(path);
        return {};
    }
    Result<std::vector<Found>> list_data() override {
        std::vector<Found> found;
        const auto add = [&](const Info& object) {
            const std::string_view name = std::string_view(object.key).substr(prefix_.size());
            if (!is_hidden_key(name)) found.push_back({folder_ / name, object.modified_ms});
        };
        PINFLOW_TRY(for_each({.prefix = prefix_}, add));
        cache_->add_strays(folder_, system_clock().wall_ms() - stray_ms);
        return found;
    }
    Result<std::vector<fs::path>> list_hidden(const std::string& folder) override {
        std::vector<fs::path> found;
        const auto add = [&](const Info& object) {
            found.push_back(folder_ / std::string_view(object.key).substr(prefix_.size()));
        };
        PINFLOW_TRY(for_each({.prefix = fmt::format("{}{}/", prefix_, folder), .delimiter = "/"}, add));
        return found;
    }
    int64_t modified_ms(const Found& file, int64_t otherwise) override { return file.modified_ms.value_or(otherwise); }
    Result<std::vector<bool>> are_there(const std::vector<fs::path>& paths) override {
        if (paths.size() > most_asked_one_by_one) return are_listed(paths);
        std::vector<bool> there;
        for (const auto& path : paths) {
            PINFLOW_ASSIGN(const std::string key, key_of(path));
            const auto info = store_->head(key);
            if (!info && info.error().code != objects::absent) return fail(info.error());
            there.push_back(info.has_value());
        }
        return there;
    }

  private:
    std::string log_key(std::string_view name) const { return fmt::format("{}_delta_log/{}", prefix_, name); }

    Result<std::string> key_of(const fs::path& path) const {
        const fs::path name = path.lexically_normal().lexically_relative(folder_);
        if (name.empty() || *name.begin() == "..") {
            return fail(Code::unsupported, "file '{}' does not lie below {}", path.string(), where_);
        }
        return prefix_ + name.string();
    }

    static Result<> make_folder(const fs::path& folder) { return posix_disk().make_directories(folder); }

    Result<> for_each(objects::ListRequest request, const auto& visit) const {
        do {
            PINFLOW_ASSIGN(auto page, store_->list(request));
            for (const Info& object : page.objects) visit(object);
            request.page = std::move(page.next);
        } while (!request.page.empty());
        return {};
    }

    Result<> upload(const fs::path& path) const {
        PINFLOW_ASSIGN(const std::string key, key_of(path));
        PINFLOW_ASSIGN(const auto file, posix_disk().open(path, Disk::Mode::read));
        PINFLOW_TRY(file->sync());  // as a copy it outlives a power loss or is not there
        PINFLOW_ASSIGN(const uint64_t size, file->size());
        PINFLOW_ASSIGN(const auto writer, store_->upload(key, objects::Write::replace));
        std::vector<std::byte> piece(std::min<uint64_t>(size, upload_piece_bytes));
        for (uint64_t done = 0; done < size;) {
            PINFLOW_ASSIGN(const size_t got, file->read_at(piece, done));
            if (got == 0) return fail(Code::io, "{} became shorter while it was uploaded", path.string());
            PINFLOW_TRY(writer->write(Bytes(piece).first(got)));
            done += got;
        }
        PINFLOW_TRY(writer->finish());
        return {};
    }

    Result<std::vector<bool>> are_listed(const std::vector<fs::path>& paths) {
        PINFLOW_ASSIGN(const auto found, list_data());
        std::unordered_set<std::string> names;
        for (const Found& file : found) names.insert(file.path.string());
        std::vector<bool> there;
        for (const auto& path : paths) there.push_back(names.contains(path.lexically_normal().string()));
        return there;
    }

    const std::shared_ptr<objects::ObjectStore> store_;
    const std::shared_ptr<FileCache> cache_;
    const std::string prefix_;
    const std::string where_;
};

}  // namespace

std::shared_ptr<TableFiles> object_files(std::shared_ptr<objects::ObjectStore> store, std::shared_ptr<FileCache> cache,
                                         fs::path folder, std::string prefix, std::string where) {
    return std::make_shared<ObjectFiles>(std::move(store), std::move(cache), std::move(folder), std::move(prefix),
                                         std::move(where));
}

}  // namespace pinflow::delta
