// Signing in: SaslHandshake, SaslAuthenticate, and the bare tokens that follow a handshake of version 0.
#include <spdlog/spdlog.h>

#include "base/text.h"
#include "kafka/broker_errors.h"
#include "kafka/dispatch.h"
#include "kafka/handlers.h"
#include "kafka/sign_in.h"

namespace pinflow::kafka {
namespace {

using Then = std::move_only_function<void(SignIn::Answer)>;

// Slow answers make guessing slow.
void answer_later(Door& door, const Call& call, std::move_only_function<void()> answer) {
    door.loops.post_after(call.loop, door.options.sasl.failure_delay, std::move(answer));
}

// `then` is called on the connection's loop, for a refusal after a while. It keeps the call and the token alive.
void finish(Door& door, const Call& call, auth::Step step, Then then) {
    SignIn::Answer answer = call.sign_in->finish(std::move(step));
    if (answer.code == ErrorCode::none) {
        if (!call.sign_in->awaits_token())
            spdlog::debug("kafka: {} has signed in as {}", call.peer, call.sign_in->principal());
        return then(std::move(answer));
    }
    spdlog::info("kafka: {} could not sign in: {}", call.peer, on_one_line(std::move(answer.log)));
    answer_later(door, call,
                 [answer = std::move(answer), then = std::move(then)]() mutable { then(std::move(answer)); });
}

void take(Door& door, const Call& call, std::string_view token, Then then) {
    auth::Mechanism& mechanism = call.sign_in->exchange();
    if (!mechanism.is_slow()) return finish(door, call, mechanism.next(token), std::move(then));
    Workers& workers = door.sign_in_workers != nullptr ? *door.sign_in_workers : door.workers;
    workers.run([&door, &call, &mechanism, token, then = std::move(then)]() mutable {
        door.loops.post(call.loop, [&door, &call, step = mechanism.next(token), then = std::move(then)]() mutable {
            finish(door, call, std::move(step), std::move(then));
        });
    });
}

}  // namespace

void handle(Door& door, SaslHandshakeRequest request, const Call& call, Reply<SaslHandshakeResponse> reply) {
    SaslHandshakeResponse answer{.error_code = ErrorCode::illegal_sasl_state};
    if (call.sign_in == nullptr) return reply(answer);
    answer.error_code = call.sign_in->begin(request.mechanism, call.version);
    if (answer.error_code != ErrorCode::illegal_sasl_state) answer.mechanisms = door.options.sasl.mechanisms;
    if (!call.sign_in->is_over()) return reply(answer);
    spdlog::info("kafka: {} could not sign in: it asks for the mechanism {} and is answered {}", call.peer,
                 on_one_line(std::string(request.mechanism.substr(0, 100))), name(answer.error_code));
    answer_later(door, call, [answer = std::move(answer), reply = std::move(reply)]() mutable { reply(answer); });
}

void handle(Door& door, SaslAuthenticateRequest request, const Call& call, Reply<SaslAuthenticateResponse> reply) {
    if (call.sign_in == nullptr || !call.sign_in->awaits_token()) {
        SaslAuthenticateResponse refused{.error_code = ErrorCode::illegal_sasl_state};
        refused.error_message = "SaslAuthenticate request received after successful authentication";
        return reply(refused);
    }
    take(door, call, as_text(request.auth_bytes), [reply = std::move(reply)](const SignIn::Answer& signed_in) mutable {
        SaslAuthenticateResponse answer{.error_code = signed_in.code, .error_message = signed_in.message};
        const Bytes token = as_bytes(signed_in.token);
        answer.auth_bytes.assign(token.begin(), token.end());
        answer.session_lifetime_ms = signed_in.session_lifetime_ms;
        reply(answer);
    });
}

// Size and token go back, or nothing and the connection ends.
void dispatch_token(Door& door, Bytes token, std::shared_ptr<Answering> answering) {
    const Call& call = answering->call();
    take(door, call, as_text(token), [answering = std::move(answering)](const SignIn::Answer& signed_in) {
        if (signed_in.code != ErrorCode::none) return answering->fail();
        Encoder encoder(answering->output(), 0, false);
        const Bytes bytes = as_bytes(signed_in.token);
        encoder.value(bytes);
        answering->send();
    });
}

}  // namespace pinflow::kafka
