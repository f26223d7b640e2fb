// Objects of JSON lines: a line is a record's value as it stands. Objects that the S3 sink connector has named keep
// their partitions and come in the order of their offsets; others go into partition 0 in the order of their keys.
#pragma once
#include <deque>
#include <map>

#include "importer/line_reader.h"
#include "importer/source.h"

namespace pinflow::importer {

class ObjectSource : public Source {
  public:
    // Lists all of it. not_found: no JSON lines there; invalid: objects of several topics.
    static Result<std::unique_ptr<Source>> open(std::unique_ptr<objects::ObjectStore> store, std::string url);

    std::string name() const override { return url_; }
    Result<int32_t> partitions() override;
    Result<> resume(int32_t partition, const Cursor& cursor) override;
    Result<Got> next(Row& row) override;
    Cursor cursor(int32_t partition) const override;
    std::string progress() const override;
    std::vector<std::string> left_out() const override;

  private:
    struct Place {
        int64_t offset = 0;
        objects::Info object;
    };
    struct Lane {  // one partition's objects
        std::deque<Place> waiting;
        std::unique_ptr<LineReader> reader;  // of waiting.front()
        int64_t count = 0;                   // records of all of it
        std::string object, etag;            // the last one that was begun
        int64_t lines = 0;                   // of it, blank ones too
    };

    ObjectSource(std::unique_ptr<objects::ObjectStore> store, std::string url)
        : store_(std::move(store)), url_(std::move(url)) {}
    Result<> list();
    Result<> take(objects::Info object);
    void begin(Lane& lane);

    std::unique_ptr<objects::ObjectStore> store_;
    std::string url_;
    std::map<int32_t, Lane> lanes_;
    int32_t current_ = 0;               // the partitions before it are done
    std::optional<std::string> topic_;  // of the names
    size_t objects_ = 0, done_ = 0;
    size_t others_ = 0, keys_or_headers_ = 0;
    std::string other_;  // one of them
};

}  // namespace pinflow::importer
