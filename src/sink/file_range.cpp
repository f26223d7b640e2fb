#include "sink/file_range.h"

#include <simdjson.h>

namespace pinflow::sink {

delta::Snapshot files_in_range(const delta::Snapshot& snapshot, const std::string& column, int64_t from, int64_t to) {
    delta::Snapshot some;
    some.version = snapshot.version;
    some.protocol = snapshot.protocol;
    some.metadata = snapshot.metadata;
    simdjson::dom::parser parser;
    snapshot.files.for_each([&](const delta::FileSet::Pointer& file) {
        simdjson::dom::element stats;
        int64_t least = 0;
        int64_t greatest = 0;
        const bool told = !file->stats_json.empty() && !parser.parse(file->stats_json).get(stats) &&
                          !stats["minValues"][column].get(least) && !stats["maxValues"][column].get(greatest);
        if (!told || (least < to && greatest >= from)) some.files.insert(file);
    });
    return some;
}

}  // namespace pinflow::sink
