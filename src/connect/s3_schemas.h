// What `schema.compatibility` makes of a record whose schema is not that of the open object.
#pragma once
#include <string>
#include <unordered_map>

#include "connect/converter.h"
#include "connect/s3_config.h"

namespace pinflow::connect {

class S3Schemas {
  public:
    explicit S3Schemas(Compatibility rule) : rule_(rule) {}

    struct Fit {
        bool ends_open = false;  // the open objects end first
        Value value;             // as the object takes it; valid until the next call
    };
    // NONE: every schema has an object of its own. Otherwise the open object's schema is what a record is made to fit.
    Accepted<Fit> fit(std::string_view encoded_partition, const Value& value);
    void start(std::string_view encoded_partition, const ConnectSchema* schema);
    void forget() { open_.clear(); }

  private:
    bool is_newer(const ConnectSchema& given, const ConnectSchema& open) const;

    const Compatibility rule_;
    std::unordered_map<std::string, const ConnectSchema*> open_;  // by encoded partition
    std::string projected_;
};

}  // namespace pinflow::connect
