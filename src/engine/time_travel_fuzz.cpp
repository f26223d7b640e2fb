// Any text as SQL: no crash, tokens and mentions lie in the text, in order, and a mention says which version or folder.
#include <cstdlib>

#include "engine/sql_tokens.h"
#include "engine/time_travel.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow::engine;
    const std::string_view sql(reinterpret_cast<const char*>(data), size);
    size_t end = 0;
    for (const SqlToken& token : sql_tokens(sql)) {
        if (token.begin < end || token.end <= token.begin || token.end > size) std::abort();
        end = token.end;
    }
    const auto mentions = find_table_mentions(sql);
    if (!mentions) return 0;
    end = 0;
    for (const TableMention& mention : *mentions) {
        if (mention.begin < end || mention.end <= mention.begin || mention.end > size) std::abort();
        if (!mention.version && mention.timestamp.empty() && !mention.name.empty()) std::abort();
        end = mention.end;
    }
    return 0;
}
