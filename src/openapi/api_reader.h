// Reads a definition into what requests are served by, and says what cannot be.
#pragma once
#include <string>
#include <string_view>

#include "openapi/api.h"
#include "openapi/schema_reader.h"

namespace pinflow::openapi {

class ApiReader {
  public:
    ApiReader(Api& api, const Api::Known& known)
        : api_(api), root_(api.definition_), known_(known), schemas_(root_, api.schemas_) {}
    Result<> read();

  private:
    // ---- the whole (api_reader.cpp)
    Result<> paths();
    Result<> path(const std::string& name, const Json& item);
    Method method(std::string_view member, const std::string& path, const Json& path_item, const Json& operation);
    void gateway_responses();
    GatewayResponse gateway_response(const std::string& type, const Json& response);
    void notes();

    // ---- who may call a method, and with what (method_reader.cpp)
    Result<bool> key_required(const Json& operation) const;
    Result<bool> is_api_key(const std::string& scheme) const;
    void checks(const Json& path_item, const Json& operation, Method& made);
    std::vector<RequiredParameter> required(const Json& path_item, const Json& operation);
    std::vector<BodyModel> models(const Json& operation);

    // ---- integrations (integration_reader.cpp). An error: the method is unserved.
    Result<Integration> integration(const Json& described, std::string_view method);
    Result<> rest(const Json& described, Integration& made);
    Result<> uri(std::string text, Integration& made) const;
    Result<> kinesis(const Json& described, Integration& made);
    Result<> request_parameters(const Json& described, Integration& made);
    Result<> request_body(const Json& described, Integration& made);
    Result<std::vector<TemplateOf>> templates(const Json& described, std::string_view member);

    // ---- answers (answer_reader.cpp)
    Result<> answers(const Json& described, Integration& made);
    Result<AnswerRule> answer(const std::string& pattern, const Json& described);
    Result<> answer_headers(const Json& described, AnswerRule& rule);

    void note(std::string place, std::string what, std::string instead);

    // Where the reading is, for as long as this lives.
    class At {
      public:
        At(ApiReader& reader, std::string_view member);
        ~At() { reader_.place_.resize(before_); }
        At(const At&) = delete;
        At& operator=(const At&) = delete;

      private:
        ApiReader& reader_;
        size_t before_;
    };

    Api& api_;
    const Json& root_;
    const Api::Known& known_;
    SchemaReader schemas_;
    std::string place_;
    std::string wrong_at_;  // of the error that is on its way
};

}  // namespace pinflow::openapi
