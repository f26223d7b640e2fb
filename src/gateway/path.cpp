#include "gateway/path.h"

#include "base/text.h"

namespace pinflow::gateway {

Resource resource_of(std::string_view segment) {
    if (segment == "streams") return Resource::streams;
    for (std::string_view name : {"topics", "consumers", "brokers", "v3"})
        if (segment == name) return Resource::rest;
    return Resource::unknown;
}

Path::Path(std::string_view raw) {
    while (!raw.empty()) {
        const size_t end = raw.find('/');
        if (end != 0) add(raw.substr(0, end));
        if (end == std::string_view::npos) break;
        raw.remove_prefix(end + 1);
    }
    classify();
}

void Path::add(std::string_view raw) {
    if (count_ == max_segments) {
        too_many_ = true;
        return;
    }
    segments_[count_] = raw;
    if (raw.contains('%')) {
        auto decoded = percent_decode(raw);
        broken_ = broken_ || !decoded;
        decoded_[count_] = std::move(decoded).value_or("");
        segments_[count_] = decoded_[count_];
    }
    ++count_;
}

// A known resource in front is that resource (`/topics/streams` is a topic); one segment in front of a known resource
// is a stage; and so is one in front of anything else, which the gateway then does not know.
void Path::classify() {
    if (count_ == 0) {
        resource_ = Resource::rest;
        return;
    }
    resource_ = resource_of(segments_[0]);
    if (resource_ == Resource::unknown && count_ > 1) {
        staged_ = true;
        resource_ = resource_of(segments_[1]);
    }
    if (too_many_) resource_ = Resource::unknown;
}

}  // namespace pinflow::gateway
