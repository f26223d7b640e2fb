// Text with $context and $stageVariables, as API Gateway fills it: bodies of changed answers, lines of access logs
// (docs/gateway.md).
#pragma once
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/response_type.h"
#include "net/http.h"

namespace pinflow::gateway {

class CallInputs;

// What the variables tell. Empty: it is not known, or there is none.
struct Context {
    const net::Request* request = nullptr;  // or null, if its head could not be read
    const CallInputs* inputs = nullptr;     // its parameters and the stage's variables; null: none are known
    std::string_view stage;
    std::string_view api_key_id;
    ResponseType type = ResponseType::no_such_stage;
    bool refused = false;  // the gateway answers by itself: type and message are told
    std::string_view message;
    std::string_view validation_error;  // what the request lacks, in detail
    std::string_view protocol = "HTTP/1.1";
    int64_t wall_ms = 0;  // when it came
    int status = 0;       // what follows: of its answer; 0 and below: not known
    int64_t response_bytes = -1;
    int64_t millis_taken = -1;
};

// Of one variable by its name behind "$context.", bare; empty if it is not known.
std::string context_text(std::string_view name, const Context& context);

class ContextTemplate {
  public:
    enum class For : uint8_t { answer, log };  // in a log "-" stands for what is not known

    ContextTemplate() = default;
    // Any text is one; what is no known variable but looks like one is not known. In a log, as in the service,
    // $stageVariables are text like any other.
    ContextTemplate(std::string_view text, For use);

    // Values are escaped, so that nobody's path or header ends one: as XML if the text begins with "<", else as in a
    // JSON string. But for messageString, which is a JSON string by itself.
    void append(std::string& out, const Context& context) const;
    bool tells_api_key() const { return tells_api_key_; }  // looking it up costs something

  private:
    For use_ = For::answer;
    bool as_xml_ = false;
    bool tells_api_key_ = false;
    struct StageVariable {
        std::string name;
    };
    void add(std::string text);
    void add_variable(std::string_view name);
    void append_value(std::string& out, std::string_view value) const;

    std::vector<std::variant<std::string, StageVariable, size_t>> pieces_;  // text, or which variable
};

}  // namespace pinflow::gateway
