#include "gateway/idempotency_key.hpp"

#include "tests/unit/gateway/exchange_scene.hpp"

#include <doctest/doctest.h>

namespace postbus::gateway {

namespace {

const std::string head = "POST /users HTTP/1.1\r\nHost: x\r\n";
const std::string json = "Content-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n";

} // namespace

TEST_CASE("an idempotency key is a string in double quotes of 1 to 255 printable characters") {
    using text = std::optional<std::string_view>;
    CHECK_EQ(parse_idempotency_key(R"("a")"), text{"a"});
    CHECK_EQ(parse_idempotency_key(R"(" ~ 'x',;=")"), text{" ~ 'x',;="});
    CHECK_EQ(parse_idempotency_key(R"("a\"b\\")"), text{R"(a\"b\\)"});
    const std::string longest(255, 'x');
    CHECK_EQ(parse_idempotency_key('"' + longest + '"'), text{longest});
    std::string escaped;
    for (int i = 0; i < 255; ++i) escaped += "\\\\";
    CHECK(parse_idempotency_key('"' + escaped + '"'));

    for (const std::string_view bad :
         {R"()", R"(")", R"("")", R"(a)", R"("a)", R"(a")", R"("a";x=1)", R"("a", "b")", R"("a"b")",
          R"("\")", R"("\a")", R"("a\")", "\"\t\"", "\"\x7F\"", "\"\xC3\xA9\"", "'a'", "1", "?1",
          ":YQ==:"})
        CHECK_MESSAGE(!parse_idempotency_key(bad), bad);
    CHECK_FALSE(parse_idempotency_key('"' + longest + "x\""));
    CHECK_FALSE(parse_idempotency_key('"' + escaped + "x\""));
}

TEST_CASE("a write gets its key and content type, though its operation declared neither") {
    exchange_scene scene;
    scene.receive(head + json + "iDEMPOTENCY-kEY:  \"a \\\" b\" \r\n\r\n{}");
    REQUIRE_EQ(scene.calls.size(), 1);
    CHECK(scene.calls[0].meta.fields ==
          std::vector<bus::field>{{"idempotency-key", R"(a \" b)"},
                                  {"content-type", "application/json; charset=utf-8"}});
    scene.reply(201, "{}");
    scene.receive("DELETE /users/1 HTTP/1.1\r\nHost: x\r\nIdempotency-Key: \"k\"\r\n\r\n");
    REQUIRE_EQ(scene.calls.size(), 2);
    CHECK(scene.calls[1].meta.fields == std::vector<bus::field>{{"idempotency-key", "k"}});
    scene.reply(204, "");
    scene.receive(head + json + "\r\n{}");
    REQUIRE_EQ(scene.calls.size(), 3);
    CHECK(scene.calls[2].meta.fields.empty());
}

TEST_CASE("a malformed or repeated key is refused by its name; on safe methods any is ignored") {
    for (const std::string_view bad : {"Idempotency-Key: bare\r\n", "Idempotency-Key:\r\n",
                                       "Idempotency-Key: \"a\"\r\nIdempotency-Key: \"a\"\r\n"}) {
        exchange_scene scene;
        scene.receive(head + json + std::string{bad} + "\r\n{}");
        CHECK(scene.calls.empty());
        CHECK_EQ(scene.status(), 400);
        CHECK(scene.said("urn:postbus:problem:malformed-key"));
        CHECK(scene.said(R"("errors":[{"field":"idempotency-key","message":"must be given once)"));
        CHECK_FALSE(scene.ended());
    }
    exchange_scene scene;
    scene.receive("GET /users HTTP/1.1\r\nHost: x\r\nIdempotency-Key: bare\r\n\r\n");
    REQUIRE_EQ(scene.calls.size(), 1);
    CHECK(scene.calls[0].meta.fields.empty());
}

} // namespace postbus::gateway
