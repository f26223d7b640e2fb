// Accepts connections of one listening socket on one loop; the listener deals them out. For what listens on these
// loops: includes Asio.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "net/event_loop.h"

namespace pinflow::net {

// An accepted socket on its way to its loop; closed if it does not get there.
class Descriptor {
  public:
    explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept : descriptor_(other.release()) {}
    Descriptor& operator=(Descriptor&&) = delete;
    int get() const { return descriptor_; }
    int release() { return std::exchange(descriptor_, -1); }

  private:
    int descriptor_;
};

// All calls on the loop's thread.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
  public:
    using DealOut = std::function<void(Descriptor socket, std::string peer)>;

    // Owns `descriptor`, which listens. `deal_out` runs on the loop.
    Acceptor(EventLoop& loop, int descriptor, bool version_6, DealOut deal_out);
    void wait();
    void close();

  private:
    void accept_some();
    void wait_for_descriptors();

    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    const DealOut deal_out_;
};

}  // namespace pinflow::net
