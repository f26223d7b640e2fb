// For tests: a door whose stages have imported APIs.
#pragma once
#include "base/faulty_disk.h"
#include "gateway/gateway_world.h"
#include "gateway/known.h"
#include "gateway/store_world.h"
#include "openapi/document.h"
#include "openapi/versions.h"

namespace pinflow::gateway {

inline std::string test_file(const std::string& name) {
    return read_file(posix_disk(), std::filesystem::path(PINFLOW_SOURCE_DIR) / "tests/data/gateway" / name).value();
}

inline std::shared_ptr<const openapi::Api> api_of(const std::string& text, const std::string& stage) {
    const Json definition = openapi::as_openapi3(openapi::read_document(text).value()).value();
    return openapi::Api::read(openapi::at_stage(definition, stage), known_here()).value();
}

class ImportedTest : public GatewayTest {
  protected:
    ImportedTest() { open(""); }
    void open(std::string_view declared) {
        write_text(disk_, files_.declared, declared);
        auto store = Store::open(disk_, clock_, files_);
        ASSERT_TRUE(store) << store.error().message;
        store_ = *store;
        imported_.emplace(rest_, kinesis_, GatewayOptions{.store = store_.get()});
    }
    void import(const std::string& file, const std::string& stage) {
        ASSERT_TRUE(store_->set_api(stage, api_of(test_file(file), stage)));
    }
    // A definition of one method: POST /m.
    void import_method(const std::string& integration, const std::string& more = "") {
        const std::string text = R"({"openapi":"3.0.1","paths":{"/m":{"post":{"x-amazon-apigateway-integration":)" +
                                 integration + "}}}" + more + "}";
        ASSERT_TRUE(store_->set_api("s", api_of(text, "s")));
    }
    net::Response ask(std::string method, const std::string& target, std::string body = "", Headers headers = {}) {
        exchange_.emplace(std::move(method), target, std::move(body), std::move(headers));
        imported_->handle(*exchange_);
        return with_headers_of_door(exchange_->wait(), &exchange_->request());
    }
    std::string told(std::string method, const std::string& target, std::string body = "", Headers headers = {}) {
        const auto response = ask(std::move(method), target, std::move(body), std::move(headers));
        return fmt::format("{} {}", response.status, response.body);
    }

    const StoreFiles files_{.declared = "/data/gateway.toml",
                            .stored = "/data/gateway/stored.toml",
                            .usage = "/data/gateway/usage.json",
                            .apis = "/data/gateway/apis"};
    FaultyDisk disk_{3};
    SetClock clock_;
    std::shared_ptr<Store> store_;
    std::optional<Gateway> imported_;
    std::optional<rest::FakeExchange> exchange_;
};

}  // namespace pinflow::gateway
