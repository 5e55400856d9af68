#include "gateway/http_date.hpp"
#include "gateway/http_message.hpp"

#include <doctest/doctest.h>

namespace postbus::gateway {

namespace {

std::string write(const response& one, delivery_mode mode = {}) {
    std::string out;
    write_response(one, mode, "D", out);
    return out;
}

} // namespace

TEST_CASE("a problem is typed as one, an empty answer not at all") {
    CHECK_EQ(write({.status = 404, .body = "{}"}),
             "HTTP/1.1 404 Not Found\r\nDate: D\r\nContent-Type: application/problem+json\r\n"
             "Content-Length: 2\r\n\r\n{}");
    CHECK_EQ(write({.status = 200}), "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("204 and 304 have neither a body nor its length") {
    CHECK_EQ(write({.status = 204, .body = "{}"}), "HTTP/1.1 204 No Content\r\nDate: D\r\n\r\n");
    CHECK_EQ(write({.status = 304, .body = "{}"}), "HTTP/1.1 304 Not Modified\r\nDate: D\r\n\r\n");
}

TEST_CASE("a service's fields pass, but those that frame the message or would split it") {
    const field_view fields[] = {{"location", "/users/3"},
                                 {"content-type", "text/event-stream"},
                                 {"Content-Length", "99"},
                                 {"transfer-encoding", "chunked"},
                                 {"connection", "close"},
                                 {"date", "never"},
                                 {"x\r\ny", "z"},
                                 {"x", "a\r\nSet-Cookie: b"},
                                 {"", "a"}};
    CHECK_EQ(write({.status = 201, .fields = fields, .body = "1"}),
             "HTTP/1.1 201 Created\r\nDate: D\r\nlocation: /users/3\r\n"
             "content-type: text/event-stream\r\nContent-Length: 1\r\n\r\n1");
}

TEST_CASE("an answer to HEAD has the length of the body it leaves out") {
    CHECK_EQ(write({.body = "[]"}, {.without_body = true}),
             "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: application/json\r\nContent-Length: "
             "2\r\n\r\n");
}

TEST_CASE("how the connection goes on is said where it is not understood") {
    CHECK(write({}, {.close = true}).find("Connection: close\r\n") != std::string::npos);
    CHECK(write({}, {.http_1_0 = true}).find("Connection: keep-alive\r\n") != std::string::npos);
    CHECK(write({}).find("Connection") == std::string::npos);
}

TEST_CASE("the date is that of RFC 9110") {
    http_date date;
    const std::chrono::system_clock::time_point then{std::chrono::seconds{784111777}};
    CHECK_EQ(date.at(then), "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK_EQ(date.at(then + std::chrono::milliseconds{999}), "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK_EQ(date.at(then + std::chrono::seconds{1}), "Sun, 06 Nov 1994 08:49:38 GMT");
    CHECK_EQ(date.at(std::chrono::system_clock::time_point{}), "Thu, 01 Jan 1970 00:00:00 GMT");
}

} // namespace postbus::gateway
