// What the S3 sink connector wrote beside an object of values (store.kafka.keys, store.kafka.headers;
// docs/connect_s3.md, "Contents"): a line of keys and one of headers for each of its lines.
#pragma once
#include <deque>
#include <memory>

#include "importer/line_reader.h"
#include "importer/source.h"

namespace pinflow::importer {

struct BesideValues {
    std::optional<objects::Info> keys, headers;
};

class BesideReader {
  public:
    BesideReader(objects::ObjectStore& store, const BesideValues& objects);

    // The key and the headers of the next line; valid until the next call. corrupt: there is no such line, or it is not
    // what the connector writes.
    Result<> next(Row& row);
    // After the last line of the values.
    Result<> check_end();

  private:
    struct Lines {
        std::string object;
        LineReader reader;
        size_t given = 0;
    };
    static std::unique_ptr<Lines> lines_of(objects::ObjectStore& store, const std::optional<objects::Info>& object);
    static Result<std::string_view> line_of(Lines& lines);
    Result<> read_key(Row& row);
    Result<> read_headers(Row& row);

    std::unique_ptr<Lines> keys_, headers_;
    std::string key_;
    std::deque<std::string> texts_;  // that the headers look at
};

}  // namespace pinflow::importer
