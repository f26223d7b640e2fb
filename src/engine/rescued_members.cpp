#include "engine/rescued_members.h"

#include <algorithm>

#include "base/json_writer.h"

namespace pinflow::engine {

void RescuedMembers::clear() {
    if (members_.empty()) return;
    members_.clear();
    places_.clear();
    count_ = 0;
}

RescuedMembers::Member* RescuedMembers::find(std::string_view name) {
    if (members_.size() <= most_searched) {
        const auto found = std::ranges::find(members_, name, &Member::name);
        return found == members_.end() ? nullptr : &*found;
    }
    if (places_.empty())
        for (size_t i = 0; i < members_.size(); ++i) places_.emplace(members_[i].name, i);
    const auto found = places_.find(name);
    return found == places_.end() ? nullptr : &members_[found->second];
}

void RescuedMembers::add(std::string_view name, std::string_view json) {
    if (Member* const known = find(name)) {
        if (known->json.empty()) ++count_;
        known->json = json;
        return;
    }
    if (!places_.empty()) places_.emplace(name, members_.size());
    members_.push_back({name, json});
    ++count_;
}

void RescuedMembers::forget(std::string_view name) {
    Member* const known = members_.empty() ? nullptr : find(name);
    if (known == nullptr || known->json.empty()) return;
    known->json = {};
    --count_;
}

void RescuedMembers::append_object(std::string& out) const {
    char before = '{';
    for (const Member& member : members_) {
        if (member.json.empty()) continue;
        out += before;
        append_json_string(out, member.name);
        out += ':';
        out += member.json;
        before = ',';
    }
    out += '}';
}

}  // namespace pinflow::engine
