// The lines of one object, read by ranges in bounded memory, gzip taken off. One thread.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/inflater.h"
#include "objects/store.h"

namespace pinflow::importer {

class LineReader {
  public:
    static constexpr size_t piece_bytes = 4 << 20;
    static constexpr size_t longest_line_bytes = 64 << 20;

    LineReader(objects::ObjectStore& store, objects::Info object, bool is_gzip);

    // Without its end ("\n", "\r\n"); nothing behind the last. A last line need not have an end. Valid until the next
    // call. conflict: the object was written anew while it was read; corrupt: no gzip; too_large: a line.
    Result<std::optional<std::string_view>> next();

  private:
    Result<> read_piece();
    Result<> add(std::string_view text);
    std::string_view take(size_t size, size_t end_bytes);

    objects::ObjectStore& store_;
    objects::Info object_;
    uint64_t read_bytes_ = 0;  // of the object
    std::string text_;         // read and unpacked
    size_t at_ = 0;            // before it: given
    size_t searched_ = 0;      // before it: no line's end behind at_
    std::unique_ptr<net::Inflater> unpacker_;
};

}  // namespace pinflow::importer
