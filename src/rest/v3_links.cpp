#include "rest/v3_links.h"

#include "base/text.h"
#include "rest/base_uri.h"

namespace pinflow::rest {

V3Links::V3Links(const net::Request& request, size_t segments, std::string_view cluster_id)
    : root_(root_uri(request, segments)), cluster_id_(cluster_id) {}

std::string V3Links::url(Parts path) const {
    std::string url = clusters() + '/' + percent_encode(cluster_id_);
    for (const std::string_view part : path) url.append("/").append(percent_encode(part));
    return url;
}

std::string V3Links::name(Parts parts) const {
    std::string name = "crn:///kafka=" + percent_encode(cluster_id_);
    bool is_value = false;
    for (const std::string_view part : parts) {
        name.append(is_value ? "=" : "/").append(percent_encode(part));
        is_value = !is_value;
    }
    return name;
}

JsonWriter& V3Links::begin(JsonWriter& json, std::string_view kind, Parts path, Parts resource_name) const {
    json.begin_object().key("kind").string(kind).key("metadata").begin_object();
    json.key("self").string(url(path)).key("resource_name").string(name(resource_name)).end_object();
    return json.key("cluster_id").string(cluster_id_);
}

void V3Links::relate(JsonWriter& json, std::string_view member, Parts path) const {
    json.key(member).begin_object().key("related").string(url(path)).end_object();
}

JsonWriter& V3Links::begin_list(JsonWriter& json, std::string_view kind, std::string_view self) {
    json.begin_object().key("kind").string(kind).key("metadata").begin_object();
    json.key("self").string(self).key("next").null().end_object();
    return json.key("data").begin_array();
}

}  // namespace pinflow::rest
