// A record's value as a line of text, by the converter that a connector is configured with.
#pragma once
#include <expected>
#include <string>

#include "base/json_text.h"
#include "connect/connector.h"

namespace pinflow::connect {

struct Unconverted {
    std::string exception_class, message;
};

class ValueLine {
  public:
    // value.converter and value.converter.schemas.enable; JsonConverter where none is named.
    explicit ValueLine(const Properties& config);

    // Without the line's end. Null is "null".
    std::expected<std::string, Unconverted> read(const log::Record& record);

  private:
    std::expected<std::string, Unconverted> read_json(std::string_view text);
    std::expected<std::string, Unconverted> read_envelope(std::string_view text);

    bool is_json_ = false, has_schemas_ = false;
    JsonReader reader_;
};

}  // namespace pinflow::connect
