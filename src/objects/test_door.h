// An HTTP door for tests: hands requests to a backend, and does to the answers what networks and servers do.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace pinflow::objects {

struct WireRequest {
    std::string method, path;                    // the path as it was sent, without the query
    std::map<std::string, std::string> query;    // decoded
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
    std::string raw;  // all of it, for a real server behind the door

    std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? "" : found->second;
    }
};

struct WireAnswer {
    int status = 200;
    std::map<std::string, std::string> headers = {};
    std::string body = {};
};

enum class Fault : uint8_t {
    none,
    slow_down,      // 503 SlowDown; nothing is done
    stumble,        // 500 InternalError; nothing is done
    hang_up,        // nothing is done, nothing answered
    lose_answer,    // done; no answer
    stumble_after,  // done; 500 InternalError
    cut_answer,     // done; the answer ends in the middle
    cut_head,       // done; the answer ends in its head
    trickle,        // done; the answer comes byte by byte and never ends
    flip,           // done; one byte of the body is another
    bad_gateway,    // 502 with a page of HTML; nothing is done
};

class TestDoor {
  public:
    using Backend = std::function<WireAnswer(const WireRequest&)>;
    using Plan = std::function<Fault(const WireRequest&)>;

    TestDoor(Backend backend, Plan plan);
    ~TestDoor();
    TestDoor(const TestDoor&) = delete;
    TestDoor& operator=(const TestDoor&) = delete;

    std::string url() const;                     // "http://127.0.0.1:PORT"
    int count(const std::string& method) const;  // requests so far; empty: of all methods
    int connections() const { return connections_; }

  private:
    void accept_all();
    void serve(int socket);
    bool answer(int socket, const WireRequest& request);
    void end_connections();

    Backend backend_;
    Plan plan_;
    int listener_ = -1, port_ = 0;
    std::atomic<bool> is_ending_ = false;
    std::atomic<int> connections_ = 0;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::map<std::string, int> counts_;
    std::vector<int> sockets_;
    std::vector<std::jthread> threads_;
    std::jthread accepter_;
};

inline Fault no_fault(const WireRequest&) {
    return Fault::none;
}

// Sends the request to a real server and gives its answer.
TestDoor::Backend forward_to(const std::string& host, int port);

}  // namespace pinflow::objects
