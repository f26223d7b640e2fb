#include "net/tls_socket.h"

#include <sys/socket.h>

#include <cerrno>

namespace pinflow::net {
namespace {

int socket_of(BIO* bio) {
    return *static_cast<const int*>(BIO_get_data(bio));
}

bool may_be_tried_again() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int read_from(BIO* bio, char* into, int bytes) {
    BIO_clear_retry_flags(bio);
    const ssize_t got = ::recv(socket_of(bio), into, static_cast<size_t>(bytes), MSG_DONTWAIT);
    if (got < 0 && may_be_tried_again()) BIO_set_retry_read(bio);
    if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return static_cast<int>(got);
}

int write_to(BIO* bio, const char* from, int bytes) {
    BIO_clear_retry_flags(bio);
    const ssize_t sent = ::send(socket_of(bio), from, static_cast<size_t>(bytes), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && may_be_tried_again()) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
        BIO_METHOD* const fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pinflow socket");
        BIO_meth_set_read(fresh, read_from);
        BIO_meth_set_write(fresh, write_to);
        BIO_meth_set_ctrl(fresh, control);
        return fresh;
    }();
    return made;
}

}  // namespace

BIO* make_socket_bio(const int& socket) {
    BIO* const bio = BIO_new(method());
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, const_cast<int*>(&socket));
    BIO_set_init(bio, 1);
    return bio;
}

}  // namespace pinflow::net
