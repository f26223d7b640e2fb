// Objects of the S3 sink connector as what a rebuild reads before the log's start (docs/rebuild.md, "Objects of the S3
// sink connector").
#pragma once
#include <map>
#include <vector>

#include "importer/beside_values.h"
#include "sink/raw_history.h"

namespace pinflow::importer {

class ObjectHistory final : public sink::RawHistory {
  public:
    // Lists all of it. not_found: no object there has the connector's name.
    static Result<std::unique_ptr<sink::RawHistory>> open(std::unique_ptr<objects::ObjectStore> store, std::string url);

    struct Place {
        int64_t first = 0;  // offset
        objects::Info object;
    };
    using Beside = std::map<std::string, BesideValues>;  // by the key of the values

    std::string where() const override { return url_; }
    Result<std::optional<int64_t>> first_offset(const std::string& topic, int32_t partition) override;
    Result<std::unique_ptr<sink::RawReader>> read(const std::string& topic, int32_t partition, int64_t from, int64_t to,
                                                  sink::KnownRecords& known) override;

  private:
    ObjectHistory(std::unique_ptr<objects::ObjectStore> store, std::string url)
        : store_(std::move(store)), url_(std::move(url)) {}
    Result<> list();
    void take(objects::Info object);

    std::unique_ptr<objects::ObjectStore> store_;
    const std::string url_;
    std::map<std::pair<std::string, int32_t>, std::vector<Place>> partitions_;  // in the order of offsets
    Beside beside_;
    size_t others_ = 0;
    std::string other_;  // one of them
};

}  // namespace pinflow::importer
