// The command line's way to a running Pinflow: calls of its console API over HTTP.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "app/place.h"
#include "base/error.h"

namespace pinflow::app {

struct Reply {
    int status = 0;
    std::string body;
};

class ConsoleClient {
  public:
    explicit ConsoleClient(Place place) : place_(std::move(place)) {}

    const std::string& url() const { return place_.url; }

    // Waits for the whole answer; a status of 400 and above is an Error with the message that the console gave.
    // `cancelled` is asked about ten times a second; true ends the call with Code::cancelled.
    Result<Reply> call(std::string_view method, const std::string& path, std::string_view body = {},
                       const std::function<bool()>& cancelled = {},
                       const std::string& content_type = "application/json") const;

  private:
    Place place_;
};

}  // namespace pinflow::app
