#include "app/certificate_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/disk.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

// As replace_file, but nobody else ever sees the contents.
Result<> replace_secret(const fs::path& path, std::string_view contents) {
    fs::path temporary = path;
    temporary += ".tmp";
    ::unlink(temporary.c_str());
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) return fail(system_error("create " + temporary.string()));
    const bool written = ::write(descriptor, contents.data(), contents.size()) == static_cast<ssize_t>(contents.size());
    const bool synced = written && ::fsync(descriptor) == 0;
    const Error problem = system_error("write " + temporary.string());
    ::close(descriptor);
    if (!synced) return fail(problem);
    PINFLOW_TRY(posix_disk().rename(temporary, path));
    return posix_disk().sync_directory(path.parent_path());
}

}  // namespace

bool CertificateFolder::has_authority() const {
    return fs::exists(ca()) && fs::exists(ca_key());
}

Result<net::KeyPair> CertificateFolder::authority() const {
    net::KeyPair pair;
    PINFLOW_ASSIGN(pair.certificate, read_file(posix_disk(), ca()));
    PINFLOW_ASSIGN(pair.key, read_file(posix_disk(), ca_key()));
    return pair;
}

Result<> CertificateFolder::write(const fs::path& certificate, const fs::path& key, const net::KeyPair& pair) const {
    PINFLOW_TRY(posix_disk().make_directories(folder_));
    PINFLOW_TRY(replace_secret(key, pair.key));
    return replace_file(posix_disk(), certificate, pair.certificate);
}

}  // namespace pinflow::app
