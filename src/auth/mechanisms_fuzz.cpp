// What a client that has not signed in may send: every mechanism, token by token. The first byte chooses the mechanism,
// a NUL byte pair parts the tokens. Nobody gets in by chance.
#include <cstdlib>

#include "auth/mechanisms.h"
#include "auth/msk_iam.h"
#include "auth/oauth_bearer.h"
#include "auth/scram_messages.h"
#include "base/faulty_disk.h"

using namespace pinflow;
using namespace pinflow::auth;

namespace {

Users& users() {
    static FaultyDisk disk(1);
    static const auto made = [] {
        auto all = Users::open(disk, "/users.json").value();
        if (!all->add_key("alice", {"AKIDEXAMPLE", "secret of alice", ""})) std::abort();
        return all;
    }();
    return *made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const auto names = mechanism_names();
    const std::string_view name = names[data[0] % names.size()];
    std::string_view input = as_text(std::as_bytes(std::span(data, size))).substr(1);
    (void)read_client_first(input);
    (void)read_client_final(input);
    (void)read_msk_iam(input);
    (void)read_msk_token(input);
    (void)read_bearer(input);
    const auto mechanism = make_mechanism(name, {users(), system_clock(), {"localhost"}});
    for (int tokens = 0; tokens < 4; ++tokens) {
        const size_t end = std::min(input.find(std::string_view("\0\0", 2)), input.size());
        const Step step = mechanism->next(input.substr(0, end));
        if (step.outcome == Step::Outcome::done) std::abort();
        if (step.outcome == Step::Outcome::failed || end == input.size()) return 0;
        input.remove_prefix(end + 2);
    }
    return 0;
}
