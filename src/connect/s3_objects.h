// Objects while records come in: a buffer each, spilled to disk when the task's buffers hold too much.
#pragma once
#include <list>
#include <unordered_map>

#include "connect/connect_schema.h"
#include "connect/s3_config.h"
#include "connect/s3_spill.h"

namespace pinflow::connect {

// What all open objects of a task may hold in memory together.
struct S3Memory {
    size_t most_bytes = 32 << 20;
    size_t used_bytes = 0;
    bool is_full() const { return used_bytes > most_bytes; }
};

// One part of an object on its way: the value, the keys, the headers.
struct S3Stream {
    std::string buffer;
    S3Spill::Place spilled;
};

struct S3OpenObject {
    std::string encoded_partition;
    const ConnectSchema* schema = nullptr;
    int64_t first_offset = 0;
    int64_t last_offset = 0;
    int64_t records = 0;
    std::vector<S3Stream> parts;
};

// The objects of one partition that end together.
class S3Objects {
  public:
    S3Objects(Disk& disk, std::filesystem::path folder, S3Memory& memory)
        : disk_(disk), folder_(std::move(folder)), memory_(memory) {}
    S3Objects(const S3Objects&) = delete;
    S3Objects& operator=(const S3Objects&) = delete;
    ~S3Objects() { memory_.used_bytes -= held_bytes_; }

    bool empty() const { return objects_.empty(); }
    size_t size() const { return objects_.size(); }
    S3OpenObject* find(std::string_view encoded_partition, const ConnectSchema* schema);
    S3OpenObject& open(std::string_view encoded_partition, const ConnectSchema* schema, size_t parts, int64_t offset);
    void append(S3Stream& to, std::string_view contents);
    Result<> spill();
    size_t held_bytes() const { return held_bytes_; }

    // In the order in which they were opened.
    std::list<S3OpenObject>& all() { return objects_; }
    // A stream's contents, piece by piece.
    Result<> read(const S3Stream& stream, const std::function<Result<>(Bytes)>& take) const;

  private:
    struct Name {
        std::string_view encoded_partition;
        const ConnectSchema* schema;
        bool operator==(const Name&) const = default;
    };
    struct Hash {
        size_t operator()(const Name& name) const {
            return std::hash<std::string_view>()(name.encoded_partition) ^ std::hash<const void*>()(name.schema);
        }
    };

    Disk& disk_;
    const std::filesystem::path folder_;
    S3Memory& memory_;
    size_t held_bytes_ = 0;
    std::list<S3OpenObject> objects_;
    std::unordered_map<Name, S3OpenObject*, Hash> by_name_;
    std::unique_ptr<S3Spill> spill_;  // made when it is needed
};

}  // namespace pinflow::connect
