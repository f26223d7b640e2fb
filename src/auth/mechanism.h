// One exchange of a SASL mechanism, as the server sees it: tokens in, tokens out. A plain state machine; one thread at
// a time.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pinflow::auth {

struct Step {
    enum class Outcome : uint8_t {
        challenge,  // send `token`, more is to come
        done,       // send `token`; identity() is who it is
        failed,
    };
    Outcome outcome = Outcome::failed;
    std::string token;
    std::string told;    // to the client when it failed; empty: the protocol's own words
    std::string reason;  // to the log, for the people of this server only

    static Step challenge(std::string token) { return {Outcome::challenge, std::move(token), {}, {}}; }
    static Step done(std::string token) { return {Outcome::done, std::move(token), {}, {}}; }
    static Step failed(std::string reason, std::string told = {}) {
        return {Outcome::failed, {}, std::move(told), std::move(reason)};
    }
};

struct Identity {
    std::string user;
    std::optional<int64_t> expires_ms;  // wall clock; nothing: it does not
};

class Mechanism {
  public:
    virtual ~Mechanism() = default;
    // Once for each token of the client, until done or failed.
    virtual Step next(std::string_view token) = 0;
    virtual bool is_slow() const { return false; }  // next() computes for a millisecond or more: not on an event loop
    const Identity& identity() const { return identity_; }

  protected:
    Identity identity_;
};

}  // namespace pinflow::auth
