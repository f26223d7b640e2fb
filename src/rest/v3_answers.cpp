#include "rest/v3_answers.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "rest/media_type.h"

namespace pinflow::rest {

net::Response v3_answer(std::string json, int status) {
    return {status, v3_json, std::move(json), {}};
}

net::Response v3_refuse(const Refusal& refusal) {
    net::Response response = answer(refusal);
    response.content_type = v3_json;
    return response;
}

net::Response v3_plain_error(int status) {
    net::Response response = plain_error(status);
    response.content_type = v3_json;
    return response;
}

bool accepts_v3_json(std::string_view accept) {
    return accepts(accept, v3_json);
}

bool is_v3_type(std::string_view content_type) {
    return trim(content_type).empty() || is_type(content_type, v3_json);
}

Refusal topic_refusal(const Error& error) {
    switch (error.code) {
        case Code::not_found:
            return no_such_topic();
        case Code::invalid:
        case Code::exists:
            return {400, 40002, error.message};
        default:
            return refusal_of(error);
    }
}

}  // namespace pinflow::rest
