// The composition root: the one place that knows every part. Opens them in order, joins them, closes them in reverse.
#pragma once
#include <memory>
#include <string>

#include "app/config.h"
#include "base/error.h"

namespace pinflow::app {

class App {
  public:
    // Returns when every door is open.
    static Result<std::unique_ptr<App>> start(const Config& config);
    ~App();  // as after kill -9, but for threads joined: call stop() first

    // The JSON line that says where everything is.
    std::string ready_line() const;
    // Finishes requests, writes what was read into tables, closes the log cleanly.
    Result<> stop();

  private:
    struct Parts;
    explicit App(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace pinflow::app
