#include "tests/integration/refused_request.hpp"
#include "tests/integration/shop.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

namespace {

const std::string too_long(201, 'x');
const std::string too_large = R"({"name":")" + std::string(1'100'000, 'x') + R"("})";
const std::string too_deep = R"({"name":)" + std::string(1000, '[') + std::string(1000, ']') + "}";

const refused_request requests[] = {
    {"malformed JSON", "POST", "/users", R"({"name":)", 400, ""},
    {"no JSON at all", "POST", "/users", "name=Carol", 400, ""},
    {"two JSON values", "POST", "/users", R"({"name":"a"}{"name":"b"})", 400, ""},
    {"JSON that is not UTF-8", "POST", "/users", "{\"name\":\"\xFF\"}", 400, ""},
    {"JSON too deep", "POST", "/users", too_deep, 400, ""},
    {"an array for an object", "POST", "/users", "[]", 422, ""},
    {"a wrong type", "POST", "/users", R"({"name":7})", 422, "name"},
    {"null", "POST", "/users", R"({"name":null})", 422, "name"},
    {"a missing field", "POST", "/users", "{}", 422, "name"},
    {"an unknown field", "POST", "/users", R"({"name":"a","colour":"red"})", 422, "colour"},
    {"an id of one's own", "POST", "/users", R"({"id":99,"name":"a"})", 422, "id"},
    {"an empty name", "POST", "/users", R"({"name":""})", 422, "name"},
    {"a name too long", "POST", "/users", R"({"name":")" + too_long + "\"}", 422, "name"},
    {"a body over 1 MiB", "POST", "/users", too_large, 413, ""},
    {"not JSON by its type",
     "POST",
     "/users",
     R"({"name":"a"})",
     415,
     "",
     {{"Content-Type", "text/plain"}}},
    {"a form",
     "POST",
     "/users",
     "name=a",
     415,
     "",
     {{"Content-Type", "application/x-www-form-urlencoded"}}},
    {"an order without a user", "POST", "/orders", R"({"product":"Book"})", 422, "user"},
    {"an order without a product", "POST", "/orders", R"({"user":1})", 422, ""},
    {"user 0", "POST", "/orders", R"({"user":0,"product":"Book"})", 422, "user"},
    {"a negative user", "POST", "/orders", R"({"user":-1,"product":"Book"})", 422, "user"},
    {"a user of more than 64 bits", "POST", "/orders",
     R"({"user":9223372036854775808,"product":"Book"})", 422, "user"},
    {"a user with a fraction", "POST", "/orders", R"({"user":1.5,"product":"Book"})", 422, "user"},
    {"a user as text", "POST", "/orders", R"({"user":"1","product":"Book"})", 422, "user"},
    {"an empty product", "POST", "/orders", R"({"user":1,"product":""})", 422, "product"},
    {"no items", "POST", "/orders", R"({"user":1,"items":[]})", 422, "items"},
    {"a quantity of 0", "POST", "/orders",
     R"({"user":1,"items":[{"product":"Book","quantity":0}]})", 422, "items[0].quantity"},
    {"an item without a product", "POST", "/orders",
     R"({"user":1,"items":[{"product":"Book","quantity":1},{"quantity":1}]})", 422,
     "items[1].product"},
    {"product and items", "POST", "/orders",
     R"({"user":1,"product":"Book","items":[{"product":"Pen","quantity":1}]})", 422, ""},
    {"a user that is not there", "GET", "/users/99", "", 404, ""},
    {"id 0", "GET", "/users/0", "", 404, ""},
    {"a negative id", "GET", "/users/-1", "", 404, ""},
    {"an id of more than 64 bits", "GET", "/users/99999999999999999999", "", 404, ""},
    {"an id that is no number", "GET", "/users/one", "", 404, ""},
    {"an unknown route", "GET", "/nowhere", "", 404, ""},
    {"a route below a route", "GET", "/users/1/friends", "", 404, ""},
    {"a limit of 0", "GET", "/users?limit=0", "", 422, "limit"},
    {"a limit over the most", "GET", "/users?limit=101", "", 422, "limit"},
    {"a limit that is no number", "GET", "/orders?limit=ten", "", 422, "limit"},
    {"an unknown parameter", "GET", "/users?size=1", "", 422, "size"},
    {"a parameter given twice", "GET", "/users?limit=1&limit=2", "", 422, "limit"},
    {"a rename without a name", "PATCH", "/users/1", "{}", 422, "name"},
    {"a rename of nobody", "PATCH", "/users/99", R"({"name":"a"})", 404, ""},
    {"a removal of nobody", "DELETE", "/users/99", "", 404, ""},
};

} // namespace

TEST_CASE(
    "every bad request is answered with a problem that names the fault, and nothing is stored") {
    shop s;
    s.start();
    const auto users = s.get("/users").body;
    const auto orders = s.get("/orders").body;
    REQUIRE(eventually(5000ms, [&] { return s.get("/nowhere").status == 404; }));
    for (const auto& bad : requests)
        check_problem(s.call(bad.method, bad.path, bad.body, bad.fields), bad);
    CHECK_EQ(s.get("/users").body, users);
    CHECK_EQ(s.get("/orders").body, orders);
}

TEST_CASE("a wrong method is answered with those that would be right") {
    shop s;
    s.start();
    const auto answer = s.call("PUT", "/users/1", R"({"name":"a"})");
    check_problem(answer, {"PUT", "PUT", "/users/1", "", 405, ""});
    for (const auto* method : {"GET", "PATCH", "DELETE"})
        CHECK_MESSAGE(answer.field("allow").find(method) != std::string::npos,
                      answer.field("allow"));
    CHECK(s.call("DELETE", "/orders").field("allow").find("POST") != std::string::npos);
}

TEST_CASE("an unknown positive user may order, for now") {
    shop s;
    s.start();
    CHECK_EQ(s.post("/orders", R"({"user":12345,"product":"Book"})").status, 201);
}

TEST_CASE("bytes that are no good HTTP are refused and the connection is closed") {
    shop s;
    s.start();
    const auto users = s.get("/users").body;
    const std::string body = R"({"name":"smuggled"})";
    const auto length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
    const std::string type = "Content-Type: application/json\r\n";
    const std::string requests_[] = {
        "NONSENSE\r\n\r\n",
        "GET /users\r\n\r\n",
        "GET /users HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET /users HTTP/1.1\r\n\r\n",
        "GET /users HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET users HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /users HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET /users HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
        "GET /us\x01ers HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /users HTTP/1.1\r\nHost: a\r\n" + type + length + length + "\r\n" + body,
        "POST /users HTTP/1.1\r\nHost: a\r\n" + type + "Content-Length: +19\r\n\r\n" + body,
        "POST /users HTTP/1.1\r\nHost: a\r\n" + type + "Content-Length: 19, 19\r\n\r\n" + body,
        "POST /users HTTP/1.1\r\nHost: a\r\n" + type + length +
            "Transfer-Encoding: chunked\r\n\r\n13\r\n" + body + "\r\n0\r\n\r\n",
        "POST /users HTTP/1.1\r\nHost: a\r\n" + type +
            "Transfer-Encoding: gzip, chunked\r\n\r\n13\r\n" + body + "\r\n0\r\n\r\n",
        "POST /users HTTP/1.0\r\nHost: a\r\n" + type + "Transfer-Encoding: chunked\r\n\r\n13\r\n" +
            body + "\r\n0\r\n\r\n",
        "POST /users HTTP/1.1\r\nHost: a\r\n" + type + "Transfer-Encoding: chunked\r\n\r\nXY\r\n" +
            body + "\r\n0\r\n\r\n",
    };
    for (const auto& bytes : requests_) {
        CAPTURE(bytes);
        http_connection connection{s.http_port()};
        connection.send(bytes);
        const auto answer = connection.receive();
        if (answer) {
            const bool refused = answer->status == 400 || answer->status == 505;
            CHECK_MESSAGE(refused, answer->status);
        }
        CHECK(connection.closed_by_peer());
    }
    CHECK_EQ(s.get("/users").body, users);
}

TEST_CASE("limits of a request are kept: its head, its target, its time") {
    shop s;
    s.start();
    CHECK_EQ(s.call("GET", "/users", "", {{"X-Large", std::string(17'000, 'x')}}).status, 431);
    http_fields many;
    for (int i = 0; i < 150; ++i) many.emplace_back("X-" + std::to_string(i), "1");
    CHECK_EQ(s.call("GET", "/users", "", many).status, 431);
    CHECK_EQ(s.get("/users?" + std::string(12'000, 'x')).status, 414);
}

TEST_CASE("a body that comes in chunks, or after a 100 Continue, is as good as any") {
    shop s;
    s.start();
    http_connection connection{s.http_port()};
    connection.send("POST /users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json; "
                    "charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "8\r\n{\"name\":\r\n7\r\n\"Carol\"\r\n1\r\n}\r\n0\r\n\r\n");
    auto answer = connection.receive();
    REQUIRE(answer);
    CHECK_EQ(answer->status, 201);
    connection.send("POST /users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                    "Content-Length: 15\r\nExpect: 100-continue\r\n\r\n");
    connection.send(R"({"name":"Dave"})");
    answer = connection.receive();
    REQUIRE(answer);
    CHECK_EQ(answer->status, 201);
    CHECK_EQ(answer->body, R"({"id":4,"name":"Dave"})");
}

} // namespace postbus::tests
