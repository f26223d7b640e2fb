// Any text as a definition: no crash, every refusal says where, what was taken is written and read again as the same;
// and as a file of counts and as a template.
#include <cstdlib>

#include "gateway/context_template.h"
#include "gateway/definition_toml.h"
#include "gateway/usage_file.h"

namespace {

using namespace pinflow::gateway;

void check_template(std::string_view text) {
    std::string out;
    ContextTemplate(text, ContextTemplate::For::log).append(out, {});
    // Every variable takes more room than what stands for it without a request.
    if (out.size() > text.size() + 64 * (1 + text.size() / 9)) std::abort();
}

void check_usage(std::string_view text) {
    const auto usage = read_usage(text);
    if (usage && read_usage(write_usage(*usage)) != *usage) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_template(text);
    check_usage(text);
    const auto lines = read_definition(text, "g.toml");
    const auto plain = read_definition(text, "");
    if (lines.has_value() != plain.has_value()) std::abort();
    if (!lines) {
        if (!lines.error().message.starts_with("g.toml:")) std::abort();
        return 0;
    }
    (void)check(*lines);
    const auto again = read_definition(write_definition(*plain), "");
    if (!again || *again != *plain) std::abort();
    return 0;
}
