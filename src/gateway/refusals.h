// Gives the answers that the gateway itself makes, in the looks that its definition gives them.
#pragma once
#include "gateway/store.h"
#include "net/http.h"

namespace pinflow::gateway {

// Any thread; does not block.
class Refusals {
  public:
    explicit Refusals(const Store* store) : store_(store) {}  // null: they look as the service makes them

    void reply(net::Exchange& exchange, net::Response response) const {
        exchange.reply(dressed(std::move(response), &exchange.request()));
    }
    // What the gateway has not made stays as it is. `request` may be null.
    net::Response dressed(net::Response response, const net::Request* request) const;

  private:
    const Store* store_;
};

}  // namespace pinflow::gateway
