// Signing in as clients do it, over sockets; and the states of it, without.
#include <fmt/format.h>

#include <thread>

#include "auth/auth_world.h"
#include "kafka/door_world.h"
#include "kafka/handlers.h"

namespace pinflow::kafka {
namespace {

using namespace std::string_literals;
using std::chrono::milliseconds;

class SignInTest : public DoorWorld {
  protected:
    SignInTest() {
        door_options_.sasl.mechanisms = {"SCRAM-SHA-256", "PLAIN"};
        door_options_.sasl.failure_delay = milliseconds(1);
    }
    void SetUp() override {
        DoorWorld::SetUp();
        users_ = auth::Users::open(disk_, "/data/users.json").value();
        EXPECT_TRUE(users_->set_password("alice", "secret"));
        EXPECT_TRUE(users_->set_password("bob", "secret"));
        door_->users = users_.get();
    }
    Client connect(SessionLimits limits = {}) {
        if (!server_) server_ = Server::listen(loops_, "127.0.0.1:0", *door_, limits, Protocol::sasl_plaintext).value();
        return Client(server_->port());
    }
    SaslHandshakeResponse handshake(const Client& client, std::string_view mechanism, int16_t version = 1) {
        return ask<SaslHandshakeResponse>(client, SaslHandshakeRequest{mechanism}, version).message;
    }
    SaslAuthenticateResponse authenticate(const Client& client, const std::string& token, int16_t version = 2) {
        return ask<SaslAuthenticateResponse>(client, SaslAuthenticateRequest{as_bytes(token)}, version).message;
    }
    ErrorCode plain(const Client& client, const std::string& user, const std::string& password) {
        EXPECT_EQ(handshake(client, "PLAIN").error_code, ErrorCode::none);
        return authenticate(client, "\0"s + user + "\0"s + password).error_code;
    }
    bool is_served(const Client& client) {
        client.write(frame_of(MetadataRequest(), 4));
        return !client.read_frame().empty();
    }

    std::unique_ptr<auth::Users> users_;
};

TEST_F(SignInTest, WhoIsKnownIsServed) {
    const Client client = connect();
    EXPECT_EQ(ask<ApiVersionsResponse>(client, ApiVersionsRequest{"c", "1"}, 3).message.error_code, ErrorCode::none);
    const auto hands = handshake(client, "PLAIN");
    EXPECT_EQ(hands.error_code, ErrorCode::none);
    EXPECT_EQ(hands.mechanisms, door_options_.sasl.mechanisms);
    const auto answer = authenticate(client, "\0alice\0secret"s);
    EXPECT_EQ(answer.error_code, ErrorCode::none);
    EXPECT_EQ(answer.session_lifetime_ms, 0);
    EXPECT_TRUE(answer.auth_bytes.empty());
    EXPECT_TRUE(is_served(client));
    EXPECT_EQ(authenticate(client, "x").error_code, ErrorCode::illegal_sasl_state);
    EXPECT_EQ(handshake(client, "PLAIN").error_code, ErrorCode::illegal_sasl_state) << "the session has no end";
    EXPECT_TRUE(is_served(client));
}

TEST_F(SignInTest, WhoIsNotKnownIsToldAndClosed) {
    for (const auto& [user, password] : {std::pair{"alice", "wrong"}, std::pair{"eve", "secret"}}) {
        const Client client = connect();
        ASSERT_EQ(handshake(client, "PLAIN").error_code, ErrorCode::none);
        const auto answer = authenticate(client, "\0"s + user + "\0"s + password);
        EXPECT_EQ(answer.error_code, ErrorCode::sasl_authentication_failed);
        EXPECT_EQ(answer.error_message, "Authentication failed: Invalid username or password");
        EXPECT_TRUE(client.closed_by_server());
    }
    const Client client = connect();
    ASSERT_EQ(handshake(client, "SCRAM-SHA-256").error_code, ErrorCode::none);
    ASSERT_EQ(authenticate(client, "n,,n=alice,r=c").error_code, ErrorCode::none);
    const auto answer = authenticate(client, "c=biws,r=x,p=AAAA");
    EXPECT_EQ(answer.error_message,
              "Authentication failed during authentication due to invalid credentials with SASL mechanism "
              "SCRAM-SHA-256");
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(SignInTest, ARefusalTakesItsTime) {
    door_->options.sasl.failure_delay = milliseconds(1000);
    const Client client = connect();
    ASSERT_EQ(handshake(client, "PLAIN").error_code, ErrorCode::none);
    client.write(frame_of(SaslAuthenticateRequest{as_bytes("\0alice\0wrong"s)}, 2));
    client.write(frame_of(SaslAuthenticateRequest{as_bytes("\0alice\0secret"s)}, 2));  // nobody waits for this one
    EXPECT_TRUE(client.read_frame(300).empty());
    EXPECT_EQ(read_answer<SaslAuthenticateResponse>(client, 2).message.error_code,
              ErrorCode::sasl_authentication_failed);
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(SignInTest, NothingElseIsServedBefore) {
    const Client asks = connect();
    EXPECT_FALSE(is_served(asks));
    const Client skips = connect();
    skips.write(frame_of(SaslAuthenticateRequest{as_bytes("\0alice\0secret"s)}, 2));
    EXPECT_TRUE(skips.closed_by_server()) << "a handshake comes first";
    const Client interrupts = connect();
    ASSERT_EQ(handshake(interrupts, "PLAIN").error_code, ErrorCode::none);
    EXPECT_FALSE(is_served(interrupts));
    const Client repeats = connect();
    ASSERT_EQ(handshake(repeats, "PLAIN").error_code, ErrorCode::none);
    EXPECT_EQ(handshake(repeats, "PLAIN").error_code, ErrorCode::illegal_sasl_state);
    EXPECT_TRUE(repeats.closed_by_server());
}

TEST_F(SignInTest, AMechanismThatIsNotOfferedIsRefused) {
    for (const char* name : {"GSSAPI", "SCRAM-SHA-512", "plain", ""}) {
        const Client client = connect();
        const auto answer = handshake(client, name);
        EXPECT_EQ(answer.error_code, ErrorCode::unsupported_sasl_mechanism);
        EXPECT_EQ(answer.mechanisms, door_options_.sasl.mechanisms);
        EXPECT_TRUE(client.closed_by_server());
    }
}

TEST_F(SignInTest, AHandshakeOfVersion0IsFollowedByBareTokens) {
    const auto framed = [](std::string_view token) {
        Blob frame(4);
        store_big_endian(frame.data(), static_cast<int32_t>(token.size()));
        const Bytes bytes = as_bytes(token);
        frame.insert(frame.end(), bytes.begin(), bytes.end());
        return frame;
    };
    const Client client = connect();
    ASSERT_EQ(handshake(client, "PLAIN", 0).error_code, ErrorCode::none);
    client.write(framed("\0alice\0secret"s));
    EXPECT_EQ(client.read(4), Blob(4)) << "an empty token in answer";
    EXPECT_TRUE(is_served(client));
    const Client scram = connect();
    ASSERT_EQ(handshake(scram, "SCRAM-SHA-256", 0).error_code, ErrorCode::none);
    scram.write(framed("n,,n=alice,r=client"));
    EXPECT_TRUE(as_text(scram.read_frame()).starts_with("r=client"));
    scram.write(framed(""));
    EXPECT_TRUE(scram.closed_by_server());
    const Client wrong = connect();
    ASSERT_EQ(handshake(wrong, "PLAIN", 0).error_code, ErrorCode::none);
    wrong.write(framed("\0a\0b"s));
    EXPECT_TRUE(wrong.closed_by_server());
}

TEST_F(SignInTest, AStrangerMaySendLittle) {
    const Client client = connect();
    Blob frame = frame_of(ApiVersionsRequest(), 0);
    store_big_endian(frame.data(), static_cast<int32_t>(SignIn::max_frame_bytes + 1));
    client.write(frame);
    EXPECT_TRUE(client.closed_by_server());
    const Client token = connect();
    ASSERT_EQ(handshake(token, "PLAIN").error_code, ErrorCode::none);
    EXPECT_EQ(authenticate(token, std::string(60'000, 'x')).error_code, ErrorCode::sasl_authentication_failed);
    const Client known = connect();
    ASSERT_EQ(plain(known, "alice", "secret"), ErrorCode::none);
    MetadataRequest request;
    const std::string topic(30'000, 'x');
    request.topics.emplace();
    for (int i = 0; i < 4; ++i) request.topics->push_back({.name = topic});
    EXPECT_EQ(ask<MetadataResponse>(known, request, 4).message.topics.size(), 4U);
}

TEST_F(SignInTest, WhoDoesNotSignInIsClosed) {
    SessionLimits limits;
    limits.request_timeout = milliseconds(3000);
    const Client idle = connect(limits), half = connect(limits), known = connect(limits);
    ASSERT_EQ(handshake(half, "PLAIN").error_code, ErrorCode::none);
    ASSERT_EQ(plain(known, "alice", "secret"), ErrorCode::none);
    EXPECT_TRUE(idle.closed_by_server());
    EXPECT_TRUE(half.closed_by_server());
    EXPECT_TRUE(is_served(known));
}

TEST_F(SignInTest, ASessionEndsUnlessItIsRenewed) {
    auth::StandingClock clock;
    const SaslOptions options{.mechanisms = {"PLAIN"}, .hosts = {}, .max_reauth = milliseconds(1500)};
    SignIn sign_in(options, {*users_, clock});
    const auto finish = [&](const std::string& user) {
        return sign_in.finish(sign_in.exchange().next("\0"s + user + "\0secret"s));
    };
    ASSERT_EQ(sign_in.begin("PLAIN", 1), ErrorCode::none);
    EXPECT_FALSE(sign_in.admit(api::metadata.key));
    EXPECT_EQ(finish("alice").session_lifetime_ms, 1500);
    clock.now_ms += 1400;
    ASSERT_EQ(sign_in.begin("PLAIN", 1), ErrorCode::none);
    EXPECT_FALSE(sign_in.admit(api::metadata.key)) << "not while she signs in again";
    EXPECT_EQ(finish("alice").code, ErrorCode::none);
    EXPECT_EQ(sign_in.begin("PLAIN", 1), ErrorCode::illegal_sasl_state) << "once a second at most";
    clock.now_ms += 1500;
    EXPECT_TRUE(sign_in.admit(api::metadata.key));
    ++clock.now_ms;
    EXPECT_FALSE(sign_in.admit(api::metadata.key));
    EXPECT_TRUE(sign_in.admit(api::sasl_handshake.key));
    ASSERT_EQ(sign_in.begin("PLAIN", 1), ErrorCode::none);
    EXPECT_EQ(finish("bob").message, "Cannot change principals during re-authentication from User.alice: User.bob");
    EXPECT_TRUE(sign_in.is_over());
}

TEST_F(SignInTest, ASessionIsRenewedOnItsConnection) {
    door_->options.sasl.max_reauth = milliseconds(60'000);
    const Client renews = connect(), changes = connect();
    ASSERT_EQ(plain(renews, "alice", "secret"), ErrorCode::none);
    EXPECT_EQ(plain(renews, "alice", "secret"), ErrorCode::none);
    EXPECT_TRUE(is_served(renews));
    ASSERT_EQ(plain(changes, "alice", "secret"), ErrorCode::none);
    EXPECT_EQ(plain(changes, "bob", "secret"), ErrorCode::sasl_authentication_failed);
    EXPECT_TRUE(changes.closed_by_server());
    door_->options.sasl.max_reauth = milliseconds(1);
    const Client forgets = connect();
    ASSERT_EQ(plain(forgets, "alice", "secret"), ErrorCode::none);
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_FALSE(is_served(forgets));
}

TEST_F(SignInTest, TheMechanismStaysTheSame) {
    const SaslOptions options{
        .mechanisms = {"PLAIN", "SCRAM-SHA-256"}, .hosts = {}, .max_reauth = milliseconds(60'000)};
    SignIn sign_in(options, {*users_, system_clock()});
    ASSERT_EQ(sign_in.begin("PLAIN", 1), ErrorCode::none);
    (void)sign_in.exchange().next("\0alice\0secret"s);
    EXPECT_EQ(sign_in.finish(auth::Step::done("")).session_lifetime_ms, 60'000);
    EXPECT_EQ(sign_in.principal(), "User:alice");
    ASSERT_EQ(sign_in.begin("SCRAM-SHA-256", 1), ErrorCode::none);
    EXPECT_EQ(sign_in.finish(auth::Step::done("")).message,
              "SASL mechanism 'SCRAM-SHA-256' requested by client is not supported for re-authentication of mechanism "
              "'PLAIN'");
    EXPECT_TRUE(sign_in.is_over());
}

TEST_F(SignInTest, AFailureToSignInAgainEndsTheSession) {
    door_->options.sasl.max_reauth = milliseconds(60'000);
    door_->options.sasl.mechanisms = {"PLAIN", "SCRAM-SHA-256"};
    const Client client = connect();
    ASSERT_EQ(plain(client, "alice", "secret"), ErrorCode::none);
    EXPECT_EQ(handshake(client, "SCRAM-SHA-256").error_code, ErrorCode::none);
    EXPECT_EQ(authenticate(client, "n,,n=alice,r=c").error_code, ErrorCode::none);
    EXPECT_EQ(authenticate(client, "c=biws,r=x,p=AAAA").error_code, ErrorCode::sasl_authentication_failed);
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(SignInTest, WhereNobodySignsInThereIsNoHandshake) {
    listen();
    const Client client(server_->port());
    const auto hands = handshake(client, "PLAIN");
    EXPECT_EQ(hands.error_code, ErrorCode::illegal_sasl_state);
    EXPECT_TRUE(hands.mechanisms.empty());
    EXPECT_EQ(authenticate(client, "x").error_code, ErrorCode::illegal_sasl_state);
    EXPECT_TRUE(is_served(client));
}

TEST_F(SignInTest, EveryListenerTellsItsOwnAddress) {
    listen();
    server_->advertise("plain.example", 1);
    auto second = Server::listen(loops_, "127.0.0.1:0", *door_, {}, Protocol::sasl_plaintext).value();
    second->advertise("sasl.example", 2);
    const Client open(server_->port()), closed(second->port());
    ASSERT_EQ(plain(closed, "alice", "secret"), ErrorCode::none);
    EXPECT_EQ(ask<MetadataResponse>(open, MetadataRequest(), 4).message.brokers.at(0).host, "plain.example");
    EXPECT_EQ(ask<MetadataResponse>(closed, MetadataRequest(), 4).message.brokers.at(0).host, "sasl.example");
    const auto coordinator = ask<FindCoordinatorResponse>(closed, FindCoordinatorRequest{.key = "g"}, 3).message;
    EXPECT_EQ(coordinator.host, "sasl.example");
    EXPECT_EQ(ask<DescribeClusterResponse>(closed, DescribeClusterRequest(), 0).message.brokers.at(0).port, 2);
}

}  // namespace
}  // namespace pinflow::kafka
