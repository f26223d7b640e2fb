// Signing in. AuthBytes are those of the SASL mechanism.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/api.h"
#include "kafka/errors.h"
#include "kafka/types.h"

namespace pinflow::kafka {

struct SaslHandshakeRequest {
    static constexpr const Api& api = api::sasl_handshake;

    std::string_view mechanism;

    static void fields(auto& io, auto& m) { io(m.mechanism); }
};

struct SaslHandshakeResponse {
    static constexpr const Api& api = api::sasl_handshake;

    ErrorCode error_code = ErrorCode::none;
    std::vector<std::string> mechanisms;  // those the broker has

    static void fields(auto& io, auto& m) { io(m.error_code, m.mechanisms); }
};

struct SaslAuthenticateRequest {
    static constexpr const Api& api = api::sasl_authenticate;

    Bytes auth_bytes;

    static void fields(auto& io, auto& m) { io(m.auth_bytes); }
};

struct SaslAuthenticateResponse {
    static constexpr const Api& api = api::sasl_authenticate;

    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    Blob auth_bytes;
    int64_t session_lifetime_ms = 0;  // 0: no end

    static void fields(auto& io, auto& m) {
        io(m.error_code, m.error_message, m.auth_bytes);
        io.since(1, m.session_lifetime_ms);
    }
};

struct DescribeUserScramCredentialsRequest {
    static constexpr const Api& api = api::describe_user_scram_credentials;

    struct User {
        std::string_view name;

        static void fields(auto& io, auto& m) { io(m.name); }
    };

    std::optional<std::vector<User>> users;  // null or none: all

    static void fields(auto& io, auto& m) { io(m.users); }
};

struct DescribeUserScramCredentialsResponse {
    static constexpr const Api& api = api::describe_user_scram_credentials;

    struct Credential {
        int8_t mechanism = 0;  // 1: SCRAM-SHA-256, 2: SCRAM-SHA-512
        int32_t iterations = 0;

        static void fields(auto& io, auto& m) { io(m.mechanism, m.iterations); }
    };
    struct User {
        std::string user;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        std::vector<Credential> credential_infos;

        static void fields(auto& io, auto& m) { io(m.user, m.error_code, m.error_message, m.credential_infos); }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    std::vector<User> users;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.error_code, m.error_message, m.users); }
};

struct AlterUserScramCredentialsRequest {
    static constexpr const Api& api = api::alter_user_scram_credentials;

    struct Deletion {
        std::string_view name;
        int8_t mechanism = 0;

        static void fields(auto& io, auto& m) { io(m.name, m.mechanism); }
    };
    struct Upsertion {
        std::string_view name;
        int8_t mechanism = 0;
        int32_t iterations = 0;
        Bytes salt;
        Bytes salted_password;

        static void fields(auto& io, auto& m) { io(m.name, m.mechanism, m.iterations, m.salt, m.salted_password); }
    };

    std::vector<Deletion> deletions;
    std::vector<Upsertion> upsertions;

    static void fields(auto& io, auto& m) { io(m.deletions, m.upsertions); }
};

struct AlterUserScramCredentialsResponse {
    static constexpr const Api& api = api::alter_user_scram_credentials;

    struct User {
        std::string user;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        static void fields(auto& io, auto& m) { io(m.user, m.error_code, m.error_message); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<User> users;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.users); }
};

}  // namespace pinflow::kafka
