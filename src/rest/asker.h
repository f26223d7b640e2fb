// A request that waits for its answer, with the media type that the answer is to have. Whoever lets go of it without
// an answer has answered 503.
#pragma once
#include <string_view>
#include <utility>

#include "net/http.h"
#include "rest/answers.h"

namespace pinflow::rest {

class Asker {
  public:
    Asker() = default;
    Asker(net::Exchange& exchange, std::string_view type) : exchange_(&exchange), type_(type) {}
    Asker(Asker&& other) noexcept : exchange_(std::exchange(other.exchange_, nullptr)), type_(other.type_) {}
    Asker& operator=(Asker&& other) noexcept {
        std::swap(exchange_, other.exchange_);
        std::swap(type_, other.type_);
        return *this;
    }
    ~Asker() {
        if (exchange_ != nullptr) reply(answer(Refusal{503, 50302, "Pinflow is stopping."}));
    }

    const net::Request& request() const { return exchange_->request(); }
    void reply(net::Response response) {
        if (!response.content_type.empty()) response.content_type = type_;
        std::exchange(exchange_, nullptr)->reply(std::move(response));
    }
    void refuse(const Refusal& refusal) { reply(answer(refusal)); }
    void no_content() { reply({204, "", "", {}}); }

  private:
    net::Exchange* exchange_ = nullptr;
    std::string_view type_;  // of static lifetime
};

}  // namespace pinflow::rest
