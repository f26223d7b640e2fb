#include "log/damage.h"

#include <spdlog/spdlog.h>

namespace pinflow::log {

void DamageList::add(Damage damage) {
    const std::scoped_lock lock(mutex_);
    for (const Damage& known : damages_)
        if (known.file == damage.file && known.position == damage.position) return;
    spdlog::error("damaged data: topic {}, partition {}, offset {}: {} at byte {}: {}; the rest is served",
                  damage.topic, damage.partition, damage.offset, damage.file, damage.position, damage.message);
    damages_.push_back(std::move(damage));
}

std::vector<Damage> DamageList::list() const {
    const std::scoped_lock lock(mutex_);
    return damages_;
}

void DamageList::forget(const std::string& topic, int32_t partition) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(damages_, [&](const Damage& each) { return each.topic == topic && each.partition == partition; });
}

}  // namespace pinflow::log
