// For tests: definitions of tests/data/gateway.
#pragma once
#include <gtest/gtest.h>

#include "base/disk.h"
#include "openapi/api.h"
#include "openapi/document.h"
#include "openapi/versions.h"

namespace pinflow::openapi {

inline constexpr Api::Known known_in_tests = {
    .kinesis_action = [](std::string_view name) { return name != "Nonsense"; },
    .rest_resource = [](std::string_view name) { return name == "topics" || name == "v3"; },
    .response_type = [](std::string_view name) { return name == "DEFAULT_4XX" || name == "UNSUPPORTED_MEDIA_TYPE"; },
};

inline std::string test_file(const std::string& name) {
    return read_file(posix_disk(), std::filesystem::path(PINFLOW_SOURCE_DIR) / "tests/data/gateway" / name).value();
}

inline Json definition_of(const std::string& text) {
    return as_openapi3(read_document(text).value()).value();
}

inline std::shared_ptr<const Api> api_of(const std::string& text) {
    auto api = Api::read(definition_of(text), known_in_tests);
    EXPECT_TRUE(api) << api.error().message;
    return std::move(*api);
}

}  // namespace pinflow::openapi
