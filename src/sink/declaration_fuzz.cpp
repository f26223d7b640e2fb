// Any text as a pipeline.toml: no crash, every refusal says where, and a pattern that was taken means what it says.
#include <cstdlib>

#include "sink/declaration.h"

namespace {

// What a pattern is filled with, it must recognise.
void check(const pinflow::sink::Pattern& pattern) {
    pinflow::sink::Captures captures;
    for (const std::string& name : pattern.names()) captures[name] = "x";
    if (!pattern.match(pattern.fill(captures))) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow::sink;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto declaration =
        parse_declaration(text, std::filesystem::path(PINFLOW_SOURCE_DIR) / "pipelines/pinterest/pipeline.toml");
    if (!declaration) {
        if (declaration.error().message.find("pipeline.toml") == std::string::npos) std::abort();
        return 0;
    }
    for (const TableDeclaration& table : declaration->tables) {
        for (const Source& source : table.sources) {
            check(source.topic);
            for (const Pattern& key : source.record_keys) check(key);
        }
    }
    return 0;
}
