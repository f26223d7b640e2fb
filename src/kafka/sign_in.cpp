#include "kafka/sign_in.h"

#include <algorithm>

#include "kafka/api.h"

namespace pinflow::kafka {

Result<> SignIn::admit(int16_t api_key) const {
    const bool handshake = api_key == api::sasl_handshake.key;
    switch (state_) {
        case State::unknown:
            if (handshake || api_key == api::api_versions.key) return {};
            return fail(Code::conflict, "nobody has signed in there yet");
        case State::exchanging:
            if (handshake || api_key == api::sasl_authenticate.key) return {};
            return fail(Code::conflict, "the client is signing in");
        case State::signed_in:
            if (handshake || !session_end_ms_ || around_.clock.steady_ms() <= *session_end_ms_) return {};
            return fail(Code::timeout, "the session of {} has ended", principal_);
        case State::over:
            break;
    }
    return fail(Code::conflict, "signing in failed");
}

ErrorCode SignIn::begin(std::string_view mechanism, int16_t version) {
    if (state_ == State::exchanging || state_ == State::over) {
        state_ = State::over;
        return ErrorCode::illegal_sasl_state;
    }
    if (state_ == State::signed_in) {
        const int64_t now_ms = around_.clock.steady_ms();
        const bool too_soon = reauth_began_ms_ && now_ms - *reauth_began_ms_ < min_reauth_interval_ms;
        if (!session_end_ms_ || too_soon) return ErrorCode::illegal_sasl_state;  // and the session goes on
        reauth_began_ms_ = now_ms;
        previous_mechanism_ = mechanism_name_;
    }
    if (std::ranges::find(options_.mechanisms, mechanism) == options_.mechanisms.end()) {
        state_ = State::over;
        return ErrorCode::unsupported_sasl_mechanism;
    }
    mechanism_ = auth::make_mechanism(mechanism, around_);
    mechanism_name_ = mechanism;
    bare_ = version == 0;
    state_ = State::exchanging;
    return ErrorCode::none;
}

auth::Mechanism& SignIn::exchange() {
    waiting_ = true;
    return *mechanism_;
}

SignIn::Answer SignIn::finish(auth::Step step) {
    waiting_ = false;
    switch (step.outcome) {
        case auth::Step::Outcome::challenge:
            return {.token = std::move(step.token)};
        case auth::Step::Outcome::done:
            return done(std::move(step));
        case auth::Step::Outcome::failed:
            break;
    }
    return failed(step);
}

SignIn::Answer SignIn::done(auth::Step step) {
    const std::string principal = "User:" + mechanism_->identity().user;
    if (is_signed_in() && mechanism_name_ != previous_mechanism_) {
        std::string told = fmt::format(
            "SASL mechanism '{}' requested by client is not supported for re-authentication of mechanism '{}'",
            mechanism_name_, previous_mechanism_);
        return failed(auth::Step::failed(told, told));
    }
    if (is_signed_in() && principal != principal_) {
        std::string told = fmt::format("Cannot change principals during re-authentication from User.{}: User.{}",
                                       principal_.substr(5), principal.substr(5));
        return failed(auth::Step::failed(told, told));
    }
    if (!is_signed_in()) principal_ = principal;  // views of it stay good
    state_ = State::signed_in;
    Answer answer{.token = std::move(step.token)};
    answer.session_lifetime_ms = begin_session();
    mechanism_.reset();
    return answer;
}

// How long it is good: as the broker wants it and as the credential allows; 0 if neither has an end.
int64_t SignIn::begin_session() {
    std::optional<int64_t> lifetime_ms;
    if (options_.max_reauth.count() > 0) lifetime_ms = options_.max_reauth.count();
    if (const auto expires_ms = mechanism_->identity().expires_ms) {
        const int64_t left_ms = std::max<int64_t>(0, *expires_ms - around_.clock.wall_ms());
        lifetime_ms = std::min(lifetime_ms.value_or(left_ms), left_ms);
    }
    session_end_ms_.reset();
    if (lifetime_ms) session_end_ms_ = around_.clock.steady_ms() + *lifetime_ms;
    return lifetime_ms.value_or(0);
}

SignIn::Answer SignIn::failed(const auth::Step& step) {
    state_ = State::over;
    Answer answer{.code = ErrorCode::sasl_authentication_failed, .message = step.told};
    if (step.told.empty())
        answer.message =
            fmt::format("Authentication failed during {} due to invalid credentials with SASL mechanism {}",
                        is_signed_in() ? "re-authentication" : "authentication", mechanism_name_);
    answer.log = fmt::format("{}: {}", mechanism_name_, step.reason);
    mechanism_.reset();
    return answer;
}

}  // namespace pinflow::kafka
