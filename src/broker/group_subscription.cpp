#include "broker/group_subscription.h"

#include "broker/offsets_fields.h"

namespace pinflow::broker {

bool add_subscribed_topics(Bytes metadata, std::set<std::string, std::less<>>& topics) {
    FieldReader in(metadata);
    const auto version = in.number<int16_t>();
    const size_t count = in.array_size();
    if (!in.good() || version < 0 || count > in.left() / 2) return false;
    for (size_t i = 0; i < count; ++i) topics.insert(in.text());
    return in.good();
}

}  // namespace pinflow::broker
