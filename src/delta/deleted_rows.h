// The rows of a data file that a deletion vector takes away (Delta protocol, "Deletion Vector Format"). Immutable once
// made; reading from several threads is safe.
#pragma once
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/disk.h"
#include "delta/actions.h"

struct roaring_bitmap_s;

namespace pinflow::delta {

class DeletedRows {
  public:
    // corrupt: no bitmap of the format, or not of `cardinality` rows.
    static Result<DeletedRows> decode(Bytes bitmap, int64_t cardinality);
    // From wherever `vector` says. corrupt: the file is no deletion vector file, or its checksum is wrong; unsupported:
    // a place that is not on this machine.
    static Result<DeletedRows> load(Disk& disk, const std::filesystem::path& table_folder,
                                    const DeletionVector& vector);

    bool contains(uint64_t row) const;
    // kept[i] becomes false where rows[i] is deleted, else true.
    void mark(std::span<const int64_t> rows, bool* kept) const;

  private:
    struct Destroy {
        void operator()(roaring_bitmap_s* bitmap) const;
    };
    struct Bucket {
        uint32_t high = 0;  // half of the row numbers
        std::unique_ptr<roaring_bitmap_s, Destroy> low;
    };
    std::vector<Bucket> buckets_;  // ascending
};

// The file of a vector with storage "u" or "p".
Result<std::filesystem::path> deletion_vector_path(const std::filesystem::path& table_folder,
                                                   const DeletionVector& vector);

}  // namespace pinflow::delta
