// Where `pinflow certs` puts what it makes, and where the server and the commands look for it.
#pragma once
#include <filesystem>
#include <string>

#include "base/error.h"
#include "net/certificates.h"

namespace pinflow::app {

class CertificateFolder {
  public:
    explicit CertificateFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

    const std::filesystem::path& path() const { return folder_; }
    std::filesystem::path ca() const { return folder_ / "ca.crt"; }
    std::filesystem::path ca_key() const { return folder_ / "ca.key"; }
    std::filesystem::path certificate(const std::string& name = "server") const { return folder_ / (name + ".crt"); }
    std::filesystem::path key(const std::string& name = "server") const { return folder_ / (name + ".key"); }

    bool has_authority() const;
    Result<net::KeyPair> authority() const;
    // Replaces both files; only the owner may read the key.
    Result<> write(const std::filesystem::path& certificate, const std::filesystem::path& key,
                   const net::KeyPair& pair) const;

  private:
    std::filesystem::path folder_;
};

}  // namespace pinflow::app
