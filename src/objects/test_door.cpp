#include "objects/test_door.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "base/text.h"

namespace pinflow::objects {
namespace {

// Reads from a socket with what was read too much kept for the next time.
class Reader {
  public:
    explicit Reader(int socket) : socket_(socket) {}

    bool read_until(std::string_view mark, std::string& into) {
        while (true) {
            if (const size_t at = kept_.find(mark); at != std::string::npos) return take(at + mark.size(), into);
            if (!fill()) return false;
        }
    }
    bool read(size_t count, std::string& into) {
        while (kept_.size() < count)
            if (!fill()) return false;
        return take(count, into);
    }
    std::string read_all() {
        while (fill()) {
        }
        return std::exchange(kept_, "");
    }

  private:
    bool take(size_t count, std::string& into) {
        into = kept_.substr(0, count);
        kept_.erase(0, count);
        return true;
    }
    bool fill() {
        std::array<char, 65536> buffer{};
        const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
        if (got <= 0) return false;
        kept_.append(buffer.data(), static_cast<size_t>(got));
        return true;
    }
    int socket_;
    std::string kept_;
};

bool send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
}

void read_headers(std::string_view head, std::map<std::string, std::string>& into) {
    for (const std::string_view line : split(head, '\n')) {
        const size_t colon = line.find(':');
        if (colon != std::string_view::npos)
            into[to_lower(line.substr(0, colon))] = trim(trim(line.substr(colon + 1, line.find('\r') - colon - 1)));
    }
}

void read_target(std::string_view target, WireRequest& into) {
    const size_t question = target.find('?');
    into.path = target.substr(0, question);
    if (question == std::string_view::npos) return;
    for (const std::string_view pair : split(target.substr(question + 1), '&')) {
        const size_t equals = std::min(pair.find('='), pair.size());
        into.query[percent_decode(pair.substr(0, equals)).value()] =
            percent_decode(pair.substr(std::min(equals + 1, pair.size()))).value();
    }
}

bool read_request(Reader& reader, WireRequest& request) {
    std::string head;
    if (!reader.read_until("\r\n\r\n", head)) return false;
    const auto words = split(std::string_view(head).substr(0, head.find("\r\n")), ' ');
    request.method = words.at(0);
    read_target(words.at(1), request);
    read_headers(std::string_view(head).substr(head.find('\n') + 1), request.headers);
    const auto size = static_cast<size_t>(parse_int(request.header("content-length")).value_or(0));
    if (!reader.read(size, request.body)) return false;
    request.raw = head + request.body;
    return true;
}

std::string text_of(const WireAnswer& answer, bool is_head) {
    std::string text = fmt::format("HTTP/1.1 {} Told\r\n", answer.status);
    for (const auto& [name, value] : answer.headers)
        if (name != "content-length" && name != "transfer-encoding" && name != "connection")
            text += fmt::format("{}: {}\r\n", name, value);
    const auto told = answer.headers.find("content-length");
    text += fmt::format("content-length: {}\r\n\r\n",
                        is_head && told != answer.headers.end() ? told->second : fmt::format("{}", answer.body.size()));
    return is_head ? text : text + answer.body;
}

WireAnswer error_answer(int status, std::string_view code) {
    return {status,
            {{"x-amz-request-id", "TESTREQUEST"}},
            fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>told by the test"
                        "</Message><RequestId>TESTREQUEST</RequestId></Error>",
                        code)};
}

sockaddr* as_any_address(sockaddr_in& address) {
    return static_cast<sockaddr*>(static_cast<void*>(&address));
}

sockaddr_in local_address(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    return address;
}

}  // namespace

TestDoor::TestDoor(Backend backend, Plan plan) : backend_(std::move(backend)), plan_(std::move(plan)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = local_address(0);
    socklen_t size = sizeof address;
    sockaddr* generic = as_any_address(address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0)
        throw std::runtime_error("the test's door does not open");
    ::getsockname(listener_, generic, &size);
    port_ = ntohs(address.sin_port);
    accepter_ = std::jthread([this] { accept_all(); });
}

TestDoor::~TestDoor() {
    is_ending_ = true;
    wake_.notify_all();
    ::shutdown(listener_, SHUT_RDWR);
    accepter_.join();
    ::close(listener_);
    end_connections();
    threads_.clear();
}

void TestDoor::end_connections() {
    const std::scoped_lock lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
}

std::string TestDoor::url() const {
    return fmt::format("http://127.0.0.1:{}", port_);
}

int TestDoor::count(const std::string& method) const {
    const std::scoped_lock lock(mutex_);
    int all = 0;
    for (const auto& [name, number] : counts_) all += method.empty() || name == method ? number : 0;
    return all;
}

void TestDoor::accept_all() {
    while (!is_ending_) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ++connections_;
        const std::scoped_lock lock(mutex_);
        sockets_.push_back(socket);
        threads_.emplace_back([this, socket] { serve(socket); });
    }
}

void TestDoor::serve(int socket) {
    Reader reader(socket);
    WireRequest request;
    while (!is_ending_ && read_request(reader, request)) {
        {
            const std::scoped_lock lock(mutex_);
            ++counts_[request.method];
        }
        if (!answer(socket, request)) break;
        request = {};
    }
    const std::scoped_lock lock(mutex_);
    std::erase(sockets_, socket);
    ::close(socket);
}

// False: the connection ends here.
bool TestDoor::answer(int socket, const WireRequest& request) {
    const Fault fault = plan_(request);
    const bool is_head = request.method == "HEAD";
    if (fault == Fault::hang_up) return false;
    if (fault == Fault::slow_down) return send_all(socket, text_of(error_answer(503, "SlowDown"), is_head));
    if (fault == Fault::stumble) return send_all(socket, text_of(error_answer(500, "InternalError"), is_head));
    if (fault == Fault::bad_gateway) return send_all(socket, text_of({502, {}, "<html><p>no upstream"}, is_head));
    WireAnswer done = backend_(request);
    if (fault == Fault::lose_answer) return false;
    if (fault == Fault::stumble_after) done = error_answer(500, "InternalError");
    if (fault == Fault::flip && !done.body.empty()) done.body[done.body.size() / 2] ^= 1;
    std::string text = text_of(done, is_head);
    if (fault == Fault::cut_answer || fault == Fault::trickle)
        text.resize(done.body.empty() || is_head ? text.size() - 2 : text.size() - (done.body.size() + 1) / 2);
    if (fault == Fault::cut_head) text.resize(20);
    if (fault == Fault::trickle) {
        send_all(socket, text);
        std::unique_lock lock(mutex_);
        while (!is_ending_ && send_all(socket, " ")) wake_.wait_for(lock, std::chrono::milliseconds(20));
    }
    return send_all(socket, text) && fault != Fault::cut_answer && fault != Fault::cut_head && fault != Fault::trickle;
}

TestDoor::Backend forward_to(const std::string& host, int port) {
    return [host, port](const WireRequest& request) {
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = local_address(port);
        ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
        WireAnswer answer{.status = 502};
        Reader reader(socket);
        std::string head;
        if (::connect(socket, as_any_address(address), sizeof address) == 0 && send_all(socket, request.raw) &&
            reader.read_until("\r\n\r\n", head)) {
            answer.status = static_cast<int>(parse_int(split(head, ' ').at(1)).value_or(502));
            read_headers(std::string_view(head).substr(head.find('\n') + 1), answer.headers);
            if (request.method != "HEAD" && answer.headers.contains("content-length"))
                reader.read(static_cast<size_t>(parse_int(answer.headers["content-length"]).value_or(0)), answer.body);
            std::string size;
            while (answer.headers.contains("transfer-encoding") && reader.read_until("\r\n", size)) {
                std::string piece;
                const size_t count = std::stoul(size, nullptr, 16);
                if (!reader.read(count + 2, piece) || count == 0) break;
                answer.body += piece.substr(0, count);
            }
        }
        ::close(socket);
        return answer;
    };
}

}  // namespace pinflow::objects
