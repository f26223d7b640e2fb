// How API v3 names what it tells of: the address of each resource, by the way the request came, and its resource name.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "net/http.h"

namespace pinflow::rest {

class V3Links {
  public:
    using Parts = std::initializer_list<std::string_view>;

    // `segments` has the request's path, without a stage in front.
    V3Links(const net::Request& request, size_t segments, std::string_view cluster_id);

    const std::string& cluster_id() const { return cluster_id_; }
    std::string clusters() const { return root_ + "/v3/clusters"; }
    std::string url(Parts path) const;  // "http://host:port/v3/clusters/ID/topics/t"
    // "crn:///kafka=ID/topic=t" of {"topic", "t"}; a name without a value behind it stands alone.
    std::string name(Parts parts) const;

    // {"kind":…,"metadata":{"self":…,"resource_name":…},"cluster_id":… and open for more members.
    JsonWriter& begin(JsonWriter& json, std::string_view kind, Parts path, Parts resource_name) const;
    void relate(JsonWriter& json, std::string_view member, Parts path) const;  // "partitions":{"related":…}
    // {"kind":…,"metadata":{"self":…,"next":null},"data":[ and open for elements; two brackets end it.
    static JsonWriter& begin_list(JsonWriter& json, std::string_view kind, std::string_view self);

  private:
    std::string root_;
    std::string cluster_id_;
};

}  // namespace pinflow::rest
