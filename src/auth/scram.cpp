#include "auth/scram.h"

#include <fmt/format.h>

#include "auth/scram_messages.h"
#include "base/base64.h"
#include "base/text.h"

namespace pinflow::auth {
namespace {

constexpr size_t max_message_bytes = 8 << 10;

}  // namespace

Step Scram::next(std::string_view token) {
    const State now = std::exchange(state_, State::over);
    if (token.size() > max_message_bytes)
        return Step::failed(
            fmt::format("a SCRAM message of {} bytes; {} are allowed", token.size(), max_message_bytes));
    if (now == State::first) return take_first(token);
    if (now == State::final) return take_final(token);
    return Step::failed("a token after the end of the exchange");
}

Step Scram::take_first(std::string_view message) {
    const auto first = read_client_first(message);
    if (!first) return Step::failed("the client's first SCRAM message cannot be read");
    user_ = first->user;
    const auto credential = users_.scram(user_, hash_);
    exists_ = credential.has_value();
    acts_for_another_ = !first->acting_as.empty() && first->acting_as != user_;
    credential_ = exists_ ? *credential : users_.decoy(user_, hash_);
    header_ = first->header;
    nonce_ = std::string(first->nonce) + nonce_;
    std::string answer = fmt::format("r={},s={},i={}", nonce_, base64_encode(credential_.salt), credential_.iterations);
    signed_ = fmt::format("{},{}", first->bare, answer);
    state_ = State::final;
    return Step::challenge(std::move(answer));
}

Step Scram::take_final(std::string_view message) {
    const auto last = read_client_final(message);
    if (!last) return Step::failed("the client's final SCRAM message cannot be read");
    if (last->nonce != nonce_) return Step::failed("the final SCRAM message repeats another nonce");
    if (last->channel_binding != header_) return Step::failed("the final SCRAM message binds to another channel");
    const std::string signed_text = fmt::format("{},{}", signed_, last->without_proof);
    const bool proven = proves(last->proof, signed_text);
    if (!exists_) return Step::failed(fmt::format("the user has no credential of {}", scram_name(hash_)));
    if (!proven) return Step::failed("wrong password");
    if (acts_for_another_)
        return Step::failed("wants to act for another user",
                            "Authentication failed: Client requested an authorization id that is different from "
                            "username");
    identity_.user = user_;
    return Step::done("v=" + base64_encode(hmac(hash_, credential_.server_key, signed_text)));
}

// The proof is the client's key, xored with a signature that only who knows the stored key can make.
bool Scram::proves(std::string_view proof, std::string_view signed_text) const {
    std::string key = hmac(hash_, credential_.stored_key, signed_text);
    if (proof.size() != key.size()) return false;
    for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(key[i] ^ proof[i]);
    return is_same_secret(digest(hash_, key), credential_.stored_key);
}

}  // namespace pinflow::auth
