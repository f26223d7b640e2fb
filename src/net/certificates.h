// Makes keys and certificates for development and tests, by libcrypto: an authority (CA) of one's own, and what it
// issues to servers and clients. Keys are ECDSA P-256: every client of today takes them, and a handshake costs a tenth
// of what it does with RSA.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"

namespace pinflow::net {

struct KeyPair {
    std::string certificate;  // PEM
    std::string key;          // PEM, PKCS #8, without a passphrase
};

// Valid for ten years.
Result<KeyPair> make_authority(const std::string& name);

struct Subject {
    std::string name;                // CN
    std::vector<std::string> names;  // of a server: host names, "*.example.com", IP addresses; empty: for a client
    int days = 825;                  // the most that Apple's systems accept from a server
};
Result<KeyPair> issue(const KeyPair& authority, const Subject& subject);

}  // namespace pinflow::net
