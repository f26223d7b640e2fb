// pinflow certs: a development CA, and certificates that it issues to the server and to clients.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "app/certificate_folder.h"
#include "app/commands.h"
#include "app/place.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

Result<> refuse_to_overwrite(const fs::path& file, bool force) {
    if (force || !fs::exists(file)) return {};
    return fail(Code::exists, "{} is there already; --force makes it anew", file.string());
}

// The CA of earlier times goes on: those who trust it need not be told again.
Result<net::KeyPair> authority_in(const CertificateFolder& folder, bool& made) {
    made = !folder.has_authority();
    if (!made) return folder.authority();
    if (fs::exists(folder.ca()) || fs::exists(folder.ca_key()))
        return fail(Code::invalid, "of {} and {} only one is there; bring the other back, or remove it for a new CA",
                    folder.ca().string(), folder.ca_key().string());
    PINFLOW_ASSIGN(net::KeyPair pair,
                   net::make_authority(fmt::format("Pinflow development CA of {}", host_name()).substr(0, 64)));
    PINFLOW_TRY(folder.write(folder.ca(), folder.ca_key(), pair));
    return pair;
}

std::vector<std::string> names_of_server(const std::vector<std::string>& more) {
    std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
    const auto add = [&](const std::string& name) {
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    };
    add(host_name());
    for (const std::string& name : more) add(name);
    return names;
}

void print_how_to_use(const CertsOptions& options, const CertificateFolder& folder) {
    const std::string ca = fs::absolute(folder.ca()).string();
    std::string flags;  // none where `up` finds the files by itself
    if (!options.folder.empty())
        flags = fmt::format(" --tls-certificate {} --tls-key {}", folder.certificate().string(), folder.key().string());
    else if (!options.data.empty())
        flags = " --data " + options.data;
    fmt::print(
        "\nServe:     pinflow up{2} --http https://127.0.0.1:8082\n"
        "Trust it:  curl --cacert {0} https://localhost:8082/topics\n"
        "           requests.get(url, verify=\"{0}\")     or REQUESTS_CA_BUNDLE={0}\n"
        "           boto3.client(\"kinesis\", endpoint_url=url, verify=\"{0}\")   or AWS_CA_BUNDLE={0}\n"
        "           Kafka clients: ssl.truststore.type=PEM ssl.truststore.location={0}; librdkafka: ssl.ca.location\n"
        "           Java:   keytool -importcert -noprompt -alias pinflow -storepass changeit -keystore trust.p12 "
        "-file {0}\n"
        "           browsers: import {0} as an authority for web sites\n"
        "Keep {1} to yourself: who has it can pretend to be any site to those who trust the CA.\n",
        ca, folder.ca_key().string(), flags);
}

Result<> make_server(const CertsOptions& options, const CertificateFolder& folder) {
    PINFLOW_TRY(refuse_to_overwrite(folder.certificate(), options.force));
    const auto names = names_of_server(options.names);
    bool ca_is_new = false;
    PINFLOW_ASSIGN(const net::KeyPair authority, authority_in(folder, ca_is_new));
    PINFLOW_ASSIGN(const net::KeyPair server, net::issue(authority, {.name = "Pinflow server", .names = names}));
    PINFLOW_TRY(folder.write(folder.certificate(), folder.key(), server));
    fmt::print("{} {}\nmade {} and {}, for {}\n", ca_is_new ? "made" : "kept", folder.ca().string(),
               folder.certificate().string(), folder.key().string(), fmt::join(names, ", "));
    print_how_to_use(options, folder);
    return {};
}

Result<> make_client(const CertsOptions& options, const CertificateFolder& folder) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._@";
    const std::string& name = options.client;
    if (name.find_first_not_of(allowed) != std::string::npos || name.size() > 64 || name.starts_with('.'))
        return fail(Code::invalid, "--client {}: letters, digits, - _ . @ make a name, at most 64", name);
    if (name == "ca" || name == "server") return fail(Code::invalid, "--client {}: that name is taken", name);
    PINFLOW_TRY(refuse_to_overwrite(folder.certificate(name), options.force));
    bool ca_is_new = false;
    PINFLOW_ASSIGN(const net::KeyPair authority, authority_in(folder, ca_is_new));
    PINFLOW_ASSIGN(const net::KeyPair client, net::issue(authority, {.name = name}));
    PINFLOW_TRY(folder.write(folder.certificate(name), folder.key(name), client));
    fmt::print("{} {}\nmade {} and {}\nThe server asks for it with --tls-client-ca {}\n", ca_is_new ? "made" : "kept",
               folder.ca().string(), folder.certificate(name).string(), folder.key(name).string(),
               folder.ca().string());
    return {};
}

}  // namespace

int run_certs(const CertsOptions& options) {
    const fs::path data = options.data.empty() ? "pinflow-data" : options.data;
    const CertificateFolder folder(options.folder.empty() ? data / "certs" : fs::path(options.folder));
    const auto made = options.client.empty() ? make_server(options, folder) : make_client(options, folder);
    return made ? 0 : report(made.error());
}

}  // namespace pinflow::app
