#include "connect/connector.h"

namespace pinflow::connect {

std::string_view name(Stage stage) {
    switch (stage) {
        case Stage::key_converter:
            return "KEY_CONVERTER";
        case Stage::value_converter:
            return "VALUE_CONVERTER";
        case Stage::header_converter:
            return "HEADER_CONVERTER";
        case Stage::task_put:
            return "TASK_PUT";
    }
    std::unreachable();
}

}  // namespace pinflow::connect
