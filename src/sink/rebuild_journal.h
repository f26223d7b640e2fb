// What a rebuild has done so far, so that the next start goes on with it: a file of lines, one for what was asked and
// one for each part that is written (docs/rebuild.md, "The journal"). One thread at a time.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "delta/actions.h"

namespace pinflow::sink {

struct RebuildOrder {
    std::string id;
    std::string table;
    std::optional<int64_t> from_ms;  // records from this time on; nothing: all
    std::string source;              // where records are that the log has no more; empty: nowhere
    int64_t asked_ms = 0;

    bool operator==(const RebuildOrder&) const = default;
};

// A partition's records from here on.
struct RebuildSpan {
    std::string app_id;  // of its position in the table
    std::string topic;
    int32_t partition = 0;
    int64_t from = 0;

    bool operator==(const RebuildSpan&) const = default;
};

struct RebuildPart {
    std::map<std::string, int64_t> next;  // by appId: all below is in this part or one before
    std::vector<delta::AddFile> clean;
    std::vector<delta::AddFile> quarantine;
    int64_t records = 0;
    int64_t rows = 0;
    int64_t quarantined = 0;
    int64_t skipped = 0;
    int64_t warnings = 0;
    int64_t duplicates = 0;

    bool operator==(const RebuildPart&) const = default;
};

struct RebuildNotes {
    RebuildOrder order;
    std::string rules;  // a fingerprint of what the parts were cleaned by; empty: nothing has begun
    std::vector<RebuildSpan> spans;
    std::vector<RebuildPart> parts;

    bool operator==(const RebuildNotes&) const = default;
};

std::string rebuild_notes_text(const RebuildNotes& notes);
// A last line that is no part, or has no end, is one that a crash cut off: it is passed over. `good` is set to the
// bytes before it. corrupt names the line.
Result<RebuildNotes> parse_rebuild_notes(std::string_view text, size_t& good);

// Files of a Delta log's add actions, one a line, as text and back.
std::string adds_text(const std::vector<delta::AddFile>& adds);
Result<std::vector<delta::AddFile>> parse_adds(std::string_view text);

std::filesystem::path rebuild_folder(const std::filesystem::path& lake);
std::filesystem::path rebuild_journal_file(const std::filesystem::path& lake, const std::string& table);

class RebuildJournal {
  public:
    RebuildJournal(Disk& disk, std::filesystem::path file) : disk_(disk), file_(std::move(file)) {}

    Result<std::optional<RebuildNotes>> read();
    Result<> write(const RebuildNotes& notes);  // in the place of what was there; durable
    Result<> append(const RebuildPart& part);   // durable when it returns
    Result<> remove();

  private:
    Disk& disk_;
    const std::filesystem::path file_;
    std::unique_ptr<File> open_;
    uint64_t size_ = 0;
};

}  // namespace pinflow::sink
