#include "net/http.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace pinflow::net
