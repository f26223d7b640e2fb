#include "net/http.h"

#include <gtest/gtest.h>

#include "net/query.h"
#include "net/server.h"

namespace pinflow::net {
namespace {

TEST(HttpRequest, FindsHeadersInAnyCase) {
    const Header headers[] = {{"Content-Type", "a"}, {"content-type", "b"}};
    Request request;
    request.headers = headers;
    EXPECT_EQ(request.header("CONTENT-TYPE"), "a");
    EXPECT_EQ(request.header("Content-Typ"), "");
}

TEST(HttpRequest, QueryParameters) {
    Request request;
    request.query = "a=1&stream%2Dname=x+y%2B&empty&bad=%zz&a=2";
    EXPECT_EQ(request.query_parameter("a"), "1");
    EXPECT_EQ(request.query_parameter("stream-name"), "x y+");
    EXPECT_EQ(request.query_parameter("empty"), "");
    EXPECT_EQ(request.query_parameter("bad"), "%zz");
    EXPECT_EQ(request.query_parameter("none"), "");
}

TEST(HttpRequest, AQueryAParameterAtATime) {
    std::string_view query = "&&a%26=1%26&=2&b&c=x=y+%4&";
    std::string shown;
    while (const auto parameter = next_query_parameter(query))
        shown += parameter->name + ">" + parameter->value() + ";";
    EXPECT_EQ(shown, "a&>1&;>2;b>;c>x=y %4;");
    EXPECT_FALSE(next_query_parameter(query));
}

}  // namespace
}  // namespace pinflow::net
