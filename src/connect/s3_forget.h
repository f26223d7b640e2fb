// Takes records that are to be forgotten out of the objects that an S3 sink wrote (docs/forgetting.md, "Objects of
// connectors"): those below a request's end are read, judged, and written anew over themselves or removed. Again and
// again it does no harm. Needs memory for a few megabytes of records, however large objects are.
#pragma once
#include <deque>

#include "base/disk.h"
#include "connect/connector.h"
#include "connect/s3_config.h"
#include "connect/s3_object_lines.h"
#include "connect/s3_object_name.h"
#include "connect/s3_parquet.h"
#include "objects/store.h"

namespace pinflow::connect {

// What it works with beside the store: Parquet files are looked at on this machine, below `folder`.
struct S3ForgetTools {
    Disk& disk;
    std::filesystem::path folder;
    S3Parquet& parquet;
};

class S3Forgetter {
  public:
    // `in_envelope`: a line of JSON is the payload of what the record was.
    S3Forgetter(objects::ObjectStore& store, S3ForgetTools tools, const S3Config& config, bool in_envelope,
                const ForgetRequest& request, const Written& written)
        : store_(store),
          tools_(std::move(tools)),
          config_(config),
          in_envelope_(in_envelope),
          request_(request),
          written_(written) {}

    // What was found; if it did not come to the end, `waits` says why.
    TakenOut run();

  private:
    struct Object {
        TopicPartition of;
        S3ObjectName name;
        int64_t up_to = 0;  // records of it that begin there are not meant
        S3LinesOf lines;
        std::string etag = {};                // empty: it cannot be written anew
        int64_t records = 0;                  // in it
        std::vector<int64_t> forgotten = {};  // numbers of those that go, rising
    };
    // Records that wait to be judged together.
    struct Batch {
        std::deque<std::string> values;
        std::vector<log::Record> records;
        std::vector<std::pair<Object*, int64_t>> places;
        size_t bytes = 0;
    };

    Result<> run_all();
    Result<> run_topic(const std::string& topic);
    std::optional<Object> meant(const std::string& topic, const objects::Info& info);
    Result<> clean_page(const std::string& topic, const objects::ListPage& page);
    Result<> clean(std::span<Object> objects);
    Result<> read(Object& object);
    Result<> add(Object& object, int64_t number, std::string_view line);
    Result<> judge();
    Result<> take_out(const Object& object);
    Result<> write_anew(const Object& object);
    Result<> write_lines_anew(const S3LinesOf& lines, const std::string& etag, std::span<const int64_t> without);
    S3LinesOf lines_of(const std::string& key, const S3ObjectName& name) const;
    // s3_forget_parts.cpp
    Result<> write_parts_anew(const Object& object);
    Result<> write_rows_anew(const Object& object);
    Result<std::string> read_rows(Object& object);
    Result<std::string> fetch(const Object& object, const std::filesystem::path& into);
    std::filesystem::path new_file() const;

    objects::ObjectStore& store_;
    const S3ForgetTools tools_;
    const S3Config& config_;
    const bool in_envelope_;
    const ForgetRequest& request_;
    const Written& written_;
    Batch batch_;
    TakenOut found_;
};

}  // namespace pinflow::connect
