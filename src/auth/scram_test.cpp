#include "auth/scram.h"

#include <fmt/format.h>

#include "auth/auth_world.h"
#include "auth/scram_messages.h"
#include "base/base64.h"
#include "base/text.h"

namespace pinflow::auth {
namespace {

struct Vector {
    Hash hash;
    std::string salt, client_nonce, server_nonce, proof, signature;
};

// RFC 7677, section 3; and the same exchange's like for SHA-512, computed with Python's hashlib.
const std::vector<Vector> vectors = {
    {Hash::sha256, "W22ZaJ0SNY7soEsUEjb6gQ==", "rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
     "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
    {Hash::sha512, "Yin2FuHTt/M0kJWb0t9OI32n2VmOGi3m+JfjOvuDF88=", "c12b3985bbd4a8e6f814b422ab766573",
     "rQ9ZY3MntBeuP3E1TDVC4w",
     "0h9+97ih1y3QZi0ctQxyA3tPwxuQuNIu/X6BU7rmmvO0heu0Puv7nsTCA0EfU+3xrkx1Uu6r7SMiZVA9CRBXDQ==",
     "6Sapraf+gQBB2cbT9SZqP7VzwXcFhWGia8bvBkdHeeOhBpwKTVA0aEylHeIW5ehjKnwzdvxtwxLKMZnfCT2DUA=="}};

class ScramTest : public AuthWorld {
  protected:
    // A client's whole exchange; the last step.
    Step sign_in(Scram& scram, Hash hash, const std::string& user, const std::string& password,
                 const std::string& header = "n,,") {
        const std::string bare = fmt::format("n={},r=client", user);
        const Step first = scram.next(header + bare);
        if (first.outcome != Step::Outcome::challenge) return first;
        const auto attributes = split(first.token, ',');
        const std::string salt = base64_decode(attributes[1].substr(2)).value();
        const auto iterations = static_cast<int>(parse_int(attributes[2].substr(2)).value());
        const std::string salted = pbkdf2(hash, password, salt, iterations);
        const std::string without_proof = fmt::format("c={},{}", base64_encode(header), attributes[0]);
        const std::string text = fmt::format("{},{},{}", bare, first.token, without_proof);
        std::string proof = hmac(hash, salted, "Client Key");
        const std::string client_signature = hmac(hash, digest(hash, proof), text);
        for (size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ client_signature[i]);
        server_signature_ = "v=" + base64_encode(hmac(hash, hmac(hash, salted, "Server Key"), text));
        return scram.next(fmt::format("{},p={}", without_proof, base64_encode(proof)));
    }
    Step sign_in(Hash hash, const std::string& user, const std::string& password, const std::string& header = "n,,") {
        Scram scram(hash, *users_);
        const Step step = sign_in(scram, hash, user, password, header);
        signed_in_ = scram.identity().user;
        return step;
    }
    std::string server_signature_, signed_in_;
};

TEST_F(ScramTest, TheExchangeIsThatOfTheRfc) {
    for (const Vector& each : vectors) {
        ASSERT_TRUE(users_->change(
            {{"user", each.hash, credential_of(each.hash, "pencil", base64_decode(each.salt).value(), 4096)}}));
        Scram scram(each.hash, *users_, each.server_nonce);
        const std::string nonce = each.client_nonce + each.server_nonce;
        const Step first = scram.next("n,,n=user,r=" + each.client_nonce);
        EXPECT_EQ(first.outcome, Step::Outcome::challenge);
        EXPECT_EQ(first.token, fmt::format("r={},s={},i=4096", nonce, each.salt));
        const Step last = scram.next(fmt::format("c=biws,r={},p={}", nonce, each.proof));
        EXPECT_EQ(last.outcome, Step::Outcome::done) << last.reason;
        EXPECT_EQ(last.token, "v=" + each.signature);
        EXPECT_EQ(scram.identity().user, "user");
        EXPECT_EQ(scram.next("").outcome, Step::Outcome::failed) << "it is over";
    }
}

TEST_F(ScramTest, OnlyTheRightPasswordSignsIn) {
    for (const Hash hash : {Hash::sha256, Hash::sha512}) {
        const Step right = sign_in(hash, "alice", "correct horse");
        EXPECT_EQ(right.outcome, Step::Outcome::done);
        EXPECT_EQ(right.token, server_signature_) << "the server proves that it knows her too";
        EXPECT_EQ(signed_in_, "alice");
        EXPECT_EQ(sign_in(hash, "alice", "wrong").outcome, Step::Outcome::failed);
        EXPECT_EQ(signed_in_, "");
    }
}

TEST_F(ScramTest, WhoDoesNotExistIsShownASaltAllTheSame) {
    const std::string known = Scram(Hash::sha256, *users_, "s").next("n,,n=alice,r=c").token;
    const std::string unknown = Scram(Hash::sha256, *users_, "s").next("n,,n=bob,r=c").token;
    EXPECT_EQ(known.size(), unknown.size());
    EXPECT_EQ(Scram(Hash::sha256, *users_, "s").next("n,,n=bob,r=c").token, unknown) << "the same each time";
    EXPECT_NE(Scram(Hash::sha256, *users_, "s").next("n,,n=eve,r=c").token, unknown);
    const Step wrong = sign_in(Hash::sha256, "alice", "wrong"), nobody = sign_in(Hash::sha256, "bob", "wrong");
    EXPECT_EQ(nobody.outcome, Step::Outcome::failed);
    EXPECT_EQ(nobody.told, wrong.told);
    ASSERT_TRUE(users_->change({{"alice", Hash::sha256, {}}}));
    EXPECT_EQ(sign_in(Hash::sha256, "alice", "correct horse").outcome, Step::Outcome::failed);
}

TEST_F(ScramTest, NamesMayHoldCommas) {
    ASSERT_TRUE(users_->set_password("a,b=c", "p"));
    EXPECT_EQ(sign_in(Hash::sha256, "a=2Cb=3Dc", "p").outcome, Step::Outcome::done);
    EXPECT_EQ(signed_in_, "a,b=c");
    EXPECT_FALSE(read_saslname("a=2cb"));
    EXPECT_FALSE(read_saslname("a="));
    EXPECT_FALSE(read_saslname(""));
}

TEST_F(ScramTest, NobodyActsForAnother) {
    EXPECT_EQ(sign_in(Hash::sha256, "alice", "correct horse", "n,a=alice,").outcome, Step::Outcome::done);
    EXPECT_EQ(sign_in(Hash::sha256, "alice", "correct horse", "n,a=bob,").outcome, Step::Outcome::failed);
}

TEST_F(ScramTest, WhatIsNoMessageIsRefused) {
    for (const char* bad : {"", "n", "n,", "n,,", "y,,n=alice,r=c", "p=tls-unique,,n=alice,r=c", "n,,n=alice",
                            "n,,n=,r=c", "n,,r=c,n=alice", "n,,n=alice,r=", "n,,m=x,n=alice,r=c", "n,,n=alice,r=c,",
                            "n,x=y,n=alice,r=c", "n,,n=a=2db,r=c", "n,,n=alice,r=c d", "n,,n=alice,r=c,1=x"})
        EXPECT_EQ(Scram(Hash::sha256, *users_).next(bad).outcome, Step::Outcome::failed) << bad;
    EXPECT_EQ(Scram(Hash::sha256, *users_).next("n,,n=alice,r=c,ext=yes").outcome, Step::Outcome::challenge);
    EXPECT_EQ(Scram(Hash::sha256, *users_).next("n,,n=alice,r=" + std::string(10'000, 'c')).outcome,
              Step::Outcome::failed);
    for (const char* bad : {"", "c=biws,r=cs", "c=biws,r=cs,p=", "c=biws,r=other,p=AAAA", "c=eSws,r=cs,p=AAAA",
                            "c=biws,r=cs,p=A", "c=biws,r=c,p=AAAA", "r=cs,c=biws,p=AAAA", "c=biws,r=cs,p=AAAA,x=y"}) {
        Scram scram(Hash::sha256, *users_, "s");
        ASSERT_EQ(scram.next("n,,n=alice,r=c").outcome, Step::Outcome::challenge);
        EXPECT_EQ(scram.next(bad).outcome, Step::Outcome::failed) << bad;
    }
}

}  // namespace
}  // namespace pinflow::auth
