// Any text as a template, over any body: no crash, bounded output, and the same twice. The body stands behind a zero.
#include <cstdlib>

#include "base/text.h"
#include "vtl/test_inputs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow::vtl;
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const std::string_view text = all.substr(0, all.find('\0'));
    const auto parsed = Template::parse(text);
    if (!parsed) {
        if (parsed.error().message.empty()) std::abort();
        return 0;
    }
    GivenInputs inputs;
    inputs.text = all.substr(std::min(text.size() + 1, all.size()));
    inputs.query.set("q", pinflow::Json("1"));
    const auto out = parsed->evaluate(inputs), again = parsed->evaluate(inputs);
    if (out.has_value() != again.has_value()) std::abort();
    if (!out) return 0;
    if (*out != *again || out->size() > Budget::most_output + 2 || !pinflow::is_valid_utf8(*out)) std::abort();
    return 0;
}
