// The file of the broker's settings: what can be read is written and read again as the same.
#include <cstdlib>

#include "base/faulty_disk.h"
#include "broker/broker_settings.h"

using namespace pinflow;
using namespace pinflow::broker;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    FaultyDisk disk(1);
    if (!disk.make_directories("/data") ||
        !replace_file(disk, "/data/settings.json", as_text(std::as_bytes(std::span(data, size)))))
        std::abort();
    const auto read = BrokerSettings::open(disk, "/data/settings.json");
    if (!read) return 0;
    const auto before = (*read)->values();
    if (!(*read)->change([](BrokerSettings::Values&, const BrokerSettings::Keep& keep) { return keep(); }))
        std::abort();
    const auto again = BrokerSettings::open(disk, "/data/settings.json");
    if (!again) std::abort();
    const auto after = (*again)->values();
    if (after.cluster != before.cluster || after.broker != before.broker) std::abort();
    return 0;
}
