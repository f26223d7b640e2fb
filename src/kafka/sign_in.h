// Who a connection of a SASL listener is: the steps of signing in, which requests may come meanwhile, and signing in
// again (KIP-368). A plain state machine; it lives on the connection's loop.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/mechanisms.h"
#include "base/error.h"
#include "kafka/errors.h"

namespace pinflow::kafka {

inline constexpr std::string_view anonymous = "User:ANONYMOUS";

struct SaslOptions {
    std::vector<std::string> mechanisms;           // sasl.enabled.mechanisms, those of auth::mechanism_names()
    std::vector<std::string> hosts;                // names of this machine beside the listener's, in lower case
    std::chrono::milliseconds max_reauth{0};       // connections.max.reauth.ms; 0: a session has no end
    std::chrono::milliseconds failure_delay{100};  // connection.failed.authentication.delay.ms
};

class SignIn {
  public:
    // Of a request, or a token, before anybody has signed in. Kafka's sasl.server.max.receive.size is 512 KiB; tokens
    // of these mechanisms are far smaller.
    static constexpr size_t max_frame_bytes = 64 << 10;

    SignIn(const SaslOptions& options, auth::Surroundings around) : options_(options), around_(std::move(around)) {}

    bool is_signed_in() const { return !principal_.empty(); }
    bool is_waiting() const { return waiting_ || is_over(); }  // nothing may be read
    bool is_over() const { return state_ == State::over; }     // the connection ends when all is answered
    bool wants_bare_token() const { return state_ == State::exchanging && bare_; }  // not a request but a token
    std::string_view principal() const { return is_signed_in() ? std::string_view(principal_) : anonymous; }

    // Whether a request of that API may be served now. If not, the connection ends.
    Result<> admit(int16_t api_key) const;

    // SaslHandshake. After version 0 bare tokens follow.
    ErrorCode begin(std::string_view mechanism, int16_t version);

    // SaslAuthenticate, or a bare token: the mechanism takes it, here or on a worker; then finish().
    bool awaits_token() const { return state_ == State::exchanging && !waiting_; }
    auth::Mechanism& exchange();
    struct Answer {
        ErrorCode code = ErrorCode::none;
        std::optional<std::string> message;
        std::string token;
        int64_t session_lifetime_ms = 0;
        std::string log;  // for the people of this server
    };
    Answer finish(auth::Step step);

  private:
    enum class State : uint8_t { unknown, exchanging, signed_in, over };
    static constexpr int64_t min_reauth_interval_ms = 1000;

    Answer failed(const auth::Step& step);
    Answer done(auth::Step step);
    int64_t begin_session();

    const SaslOptions& options_;
    const auth::Surroundings around_;
    State state_ = State::unknown;
    bool waiting_ = false;
    bool bare_ = false;
    std::string principal_;           // "User:alice", empty until somebody signed in
    std::string mechanism_name_;      // of the exchange, then of who signed in
    std::string previous_mechanism_;  // signing in again
    std::unique_ptr<auth::Mechanism> mechanism_;
    std::optional<int64_t> session_end_ms_;  // steady
    std::optional<int64_t> reauth_began_ms_;
};

}  // namespace pinflow::kafka
