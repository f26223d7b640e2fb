#include "kafka/listener.h"

#include "base/text.h"

namespace pinflow::kafka {

std::string_view name(Protocol protocol) {
    switch (protocol) {
        case Protocol::plaintext:
            return "PLAINTEXT";
        case Protocol::ssl:
            return "SSL";
        case Protocol::sasl_plaintext:
            return "SASL_PLAINTEXT";
        case Protocol::sasl_ssl:
            return "SASL_SSL";
    }
    return "PLAINTEXT";
}

std::optional<Protocol> parse_protocol(std::string_view text) {
    for (const Protocol each : {Protocol::plaintext, Protocol::ssl, Protocol::sasl_plaintext, Protocol::sasl_ssl})
        if (equals_ignoring_case(text, name(each))) return each;
    return std::nullopt;
}

}  // namespace pinflow::kafka
