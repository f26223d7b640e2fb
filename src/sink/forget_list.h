// What people asked to be forgotten, as it is remembered (docs/forgetting.md): rows of a table by a condition, up to a
// place in each partition. A request that is in the list holds for all that is written into the table from then on, so
// a rebuild from the log does not bring the rows back. Thread-safe.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/error.h"
#include "sink/new_columns.h"

namespace pinflow::sink {

// What was found of a request in objects that others made of the same records.
struct ForgottenObjects {
    int64_t objects = 0;   // written anew, or removed
    int64_t records = 0;   // taken out of them
    int64_t unjudged = 0;  // records in them that nobody can judge
    // Of a count: where nobody could look, and why. Whoever takes records out waits for these.
    std::vector<std::string> unseen = {};

    bool operator==(const ForgottenObjects&) const = default;
};

struct Forgotten {
    std::string id;
    int64_t time_ms = 0;
    std::string table;
    std::string where;                     // SQL over the clean table's columns
    std::map<std::string, int64_t> up_to;  // by a partition's appId in the table: of the records below this offset
    std::map<std::string, std::map<int32_t, int64_t>> topics = {};  // the same by topic and partition
    std::vector<NewColumn> columns;               // of these the condition speaks, though the declaration does not
    std::optional<int64_t> done_ms;               // when the rows that were there had been taken out
    int64_t rows = 0;                             // of these
    int64_t quarantined = 0;                      // records taken out of the quarantine
    int64_t unjudged = 0;                         // records in the quarantine that nobody can judge: no JSON, say
    std::optional<int64_t> objects_done_ms = {};  // when all objects had been gone through
    ForgottenObjects objects = {};                // so far

    bool operator==(const Forgotten&) const = default;
};

class ForgetList {
  public:
    // `file` need not exist. Reads it when first asked.
    ForgetList(Disk& disk, std::filesystem::path file) : disk_(disk), file_(std::move(file)) {}

    // corrupt, io: the list cannot be read, and so nothing may be written.
    Result<std::vector<Forgotten>> of_table(const std::string& table);
    Result<std::optional<Forgotten>> find(const std::string& id);
    using All = std::shared_ptr<const std::vector<Forgotten>>;
    Result<All> all();                          // another one whenever something has changed
    Result<> add(Forgotten request);            // durable when it returns
    Result<> finish(const Forgotten& request);  // the table's part
    // The objects' part; without a time there is more to do.
    Result<> note_objects(const std::string& id, const ForgottenObjects& found, std::optional<int64_t> done_ms);

  private:
    Result<> load();
    Result<> store(std::vector<Forgotten> all);
    Result<> change(const std::string& id, const std::function<void(Forgotten&)>& how);

    Disk& disk_;
    const std::filesystem::path file_;
    std::mutex mutex_;
    All all_;  // null: not read yet
};

// One request a line, as JSON. corrupt names the line.
std::string forget_list_text(const std::vector<Forgotten>& all);
Result<std::vector<Forgotten>> parse_forget_list(std::string_view text);

}  // namespace pinflow::sink
