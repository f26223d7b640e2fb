#include "importer/counted_lines.h"

#include "base/text.h"

namespace pinflow::importer {

Result<std::unique_ptr<CountedLines>> CountedLines::read(objects::ObjectStore& store, const objects::Info& object,
                                                         bool is_gzip, size_t most_kept_bytes) {
    std::unique_ptr<CountedLines> lines(new CountedLines);
    LineReader reader(store, object, is_gzip);
    bool keeps = true;
    while (true) {
        PINFLOW_ASSIGN(const auto line, reader.next());
        if (!line) break;
        if (!trim(*line).empty()) ++lines->records_;
        keeps = keeps && lines->kept_.size() + line->size() < most_kept_bytes;
        if (keeps) (lines->kept_ += *line) += '\n';
    }
    if (keeps) return lines;
    lines->kept_ = std::string();
    lines->again_ = std::make_unique<LineReader>(store, object, is_gzip);
    return lines;
}

Result<std::optional<std::string_view>> CountedLines::next() {
    if (again_) return again_->next();
    if (at_ == kept_.size()) return std::nullopt;
    const std::string_view line = std::string_view(kept_).substr(at_, kept_.find('\n', at_) - at_);
    at_ += line.size() + 1;
    return line;
}

}  // namespace pinflow::importer
