#include "objects/file_list.h"

#include "objects/file_info.h"
#include "objects/file_keys.h"

namespace pinflow::objects {
namespace {

namespace fs = std::filesystem;

// A file or folder below another one: its key, which ends with '/' for a folder, so that sorting by it sorts all keys.
struct Entry {
    std::string key;
    fs::path path;
    bool is_folder = false;
};

class Walk {
  public:
    Walk(Disk& disk, const ListRequest& request) : disk_(disk), request_(request) {}

    // `base` is what the keys of everything in `folder` begin with.
    Result<> visit(const fs::path& folder, const std::string& base) {
        std::vector<Entry> entries;
        PINFLOW_TRY(gather(folder, base, entries));
        std::ranges::sort(entries, {}, &Entry::key);
        for (const Entry& entry : entries) {
            if (is_full_) return {};
            if (entry.is_folder) {
                if (is_worth(entry.key)) PINFLOW_TRY(visit(entry.path, entry.key));
            } else {
                PINFLOW_TRY(take(entry));
            }
        }
        return {};
    }
    ListPage page;

  private:
    // A name that goes on in a folder below brings that folder's names here, where they are sorted among the others.
    Result<> gather(const fs::path& folder, const std::string& base, std::vector<Entry>& into) {
        const auto names = disk_.list(folder);
        if (!names && names.error().code == Code::not_found) return {};
        if (!names) return fail(names.error());
        for (const Disk::Entry& each : *names) {
            const auto segment = segment_of_name(each.name);
            if (!segment) continue;
            const fs::path path = folder / each.name;
            if (segment->goes_on) {
                if (each.is_directory) PINFLOW_TRY(gather(path, base + segment->text, into));
                continue;
            }
            into.push_back({base + segment->text + (each.is_directory ? "/" : ""), path, each.is_directory});
        }
        return {};
    }

    // Whether a folder whose keys begin with `key` may hold what is asked for.
    bool is_worth(const std::string& key) const {
        if (!key.starts_with(request_.prefix) && !request_.prefix.starts_with(key)) return false;
        if (!rolled_up_.empty() && key.starts_with(rolled_up_)) return false;
        const auto is_behind = [&](const std::string& floor) { return key > floor || floor.starts_with(key); };
        return is_behind(request_.after) && is_behind(request_.page);
    }

    Result<> take(const Entry& entry) {
        const std::string& key = entry.key;
        if (!key.starts_with(request_.prefix) || key <= request_.after) return {};
        const size_t end =
            request_.delimiter.empty() ? std::string::npos : key.find(request_.delimiter, request_.prefix.size());
        const bool rolls_up = end != std::string::npos;
        const std::string name = rolls_up ? key.substr(0, end + request_.delimiter.size()) : key;
        if (name <= request_.page || (rolls_up && name == rolled_up_)) return {};
        if (page.objects.size() + page.prefixes.size() >= request_.most) {
            page.next = last_;
            is_full_ = true;
            return {};
        }
        if (rolls_up) {
            rolled_up_ = name;
            page.prefixes.push_back(name);
        } else {
            const auto object = open_object(disk_, entry.path, key);
            if (!object && object.error().code == absent) return {};  // removed while we list
            if (!object) return fail(object.error());
            page.objects.push_back(object->info);
        }
        last_ = name;
        return {};
    }

    Disk& disk_;
    const ListRequest& request_;
    std::string rolled_up_;  // the last prefix in the page
    std::string last_;       // the last name in it
    bool is_full_ = false;
};

}  // namespace

Result<ListPage> list_files(Disk& disk, const fs::path& root, const ListRequest& request) {
    if (request.most == 0) return fail(denied, "a page of a listing must have room for one name");
    Walk walk(disk, request);
    PINFLOW_TRY(walk.visit(root, ""));
    return std::move(walk.page);
}

}  // namespace pinflow::objects
