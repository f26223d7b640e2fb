// One call of an imported method whose request or answer is mapped. It lives until its answer has been given.
#pragma once
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/workers.h"
#include "gateway/call_inputs.h"
#include "gateway/refusals.h"
#include "kinesis/kinesis.h"
#include "net/http.h"
#include "openapi/api.h"
#include "rest/rest.h"

namespace pinflow::gateway {

struct Doors {
    rest::Rest& rest;
    kinesis::Kinesis& kinesis;
    Workers* workers;
    const Refusals& refusals;
};

// A path at the REST Proxy: views of decoded segments.
struct RestPath {
    std::array<std::string_view, 2 * openapi::Match::most> segments;
    size_t count = 0;
    rest::Segments span() const { return std::span(segments).first(count); }
};

// As an exchange it is what the REST Proxy is given.
class ApiCall final : public net::Exchange {
  public:
    static void start(net::Exchange& exchange, const Doors& doors, std::shared_ptr<const openapi::Api> api,
                      const openapi::Method& method, std::unique_ptr<CallInputs> inputs);

    const net::Request& request() const override { return mapped_; }
    void reply(net::Response response) override;
    void at_turn_end(net::TurnTask& task) override { exchange_.at_turn_end(task); }
    void count_as(std::string_view operation) override { exchange_.count_as(operation); }
    std::string spare_memory() override { return exchange_.spare_memory(); }

    ApiCall(net::Exchange& exchange, const Doors& doors, std::shared_ptr<const openapi::Api> api,
            const openapi::Method& method, std::unique_ptr<CallInputs> inputs)
        : exchange_(exchange),
          doors_(doors),
          api_(std::move(api)),
          method_(method),
          integration_(method.integration),
          inputs_(std::move(inputs)) {}

  private:
    // What an integration gave back.
    struct Given {
        int status = 200;
        std::string_view content_type;
        std::string body;
        std::vector<std::pair<std::string, std::string>> headers = {};
        std::shared_ptr<const void> held = {};
    };

    void run(net::Exchange* turn);  // inside whose handle() this is; null: elsewhere
    bool body_is_valid();           // false: the call is answered
    bool make_body();               // the same
    void to_mock();
    void to_kinesis(net::Exchange* turn);
    void to_rest();
    void map_request();
    void map_query();
    void finish(Given given);
    net::Response answered(Given given) const;
    const openapi::AnswerRule* rule_for(int status) const;
    std::string text_of(const openapi::Source& source, const Given& given) const;
    net::Response fault(const vtl::Fault& fault) const;
    void refuse(net::Response response);

    net::Exchange& exchange_;
    const Doors doors_;
    const std::shared_ptr<const openapi::Api> api_;
    const openapi::Method& method_;
    const openapi::Integration& integration_;
    const std::unique_ptr<CallInputs> inputs_;
    std::unique_ptr<ApiCall> self_;  // until it is answered
    std::string body_;               // as the integration gets it
    net::Request mapped_;
    std::vector<net::Header> headers_;
    std::vector<std::string> texts_;  // what mapped_ and the path are views of
    std::string query_;
};

}  // namespace pinflow::gateway
