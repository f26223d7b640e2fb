#include "app/tls_setup.h"

#include "app/certificate_folder.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

Result<net::ClientCertificate> client_certificates(const Config& config) {
    if (config.tls_client_auth == "none") return net::ClientCertificate::ignored;
    if (config.tls_client_auth == "requested") return net::ClientCertificate::requested;
    if (config.tls_client_auth.empty() || config.tls_client_auth == "required") return net::ClientCertificate::required;
    return fail(Code::invalid, "tls.client_auth = \"{}\": write none, requested or required", config.tls_client_auth);
}

}  // namespace

Result<net::TlsOptions> tls_options(const Config& config, std::string door) {
    net::TlsOptions options{.certificate = config.tls_certificate, .key = config.tls_key, .door = std::move(door)};
    if (options.certificate.empty() != options.key.empty())
        return fail(Code::invalid, "tls.certificate and tls.key go together: {} is missing",
                    options.key.empty() ? "tls.key" : "tls.certificate");
    if (options.certificate.empty()) {
        const CertificateFolder made(config.data / "certs");
        if (!fs::exists(made.certificate()))
            return fail(Code::invalid,
                        "a listener wants TLS and there is no certificate: `pinflow certs --data {}` makes one for "
                        "development; else set tls.certificate and tls.key",
                        config.data.string());
        options.certificate = made.certificate();
        options.key = made.key();
    }
    PINFLOW_ASSIGN(const net::ClientCertificate clients, client_certificates(config));
    if (!config.tls_client_ca.empty()) {
        options.client_ca = config.tls_client_ca;
        options.clients = clients;
    } else if (!config.tls_client_auth.empty() && clients != net::ClientCertificate::ignored) {
        return fail(Code::invalid,
                    "tls.client_auth = \"{}\" needs tls.client_ca: the PEM file of who vouches for clients",
                    config.tls_client_auth);
    }
    return options;
}

}  // namespace pinflow::app
