#include "tools/child_line.hpp"

#include "schemas/json_read.hpp"

#include <doctest/doctest.h>

using namespace postbus;
using tools::child_line;
using tools::message_of;

namespace {

constexpr std::chrono::system_clock::time_point now{};

} // namespace

TEST_CASE("a child's line stands behind its padded name") {
    CHECK(child_line({.width = 8}, "users.1", 0, "hello", now) == "users.1  | hello\n");
    CHECK(child_line({.width = 8}, "orders.2", 0, "", now) == "orders.2 | \n");
}

TEST_CASE("colour ends before the child's own text") {
    const auto line = child_line({.colour = true}, "a", 1, "text", now);
    CHECK(line.starts_with("\x1b["));
    CHECK(line.ends_with("\x1b[0m text\n"));
}

TEST_CASE("a JSON log line stays one object and learns where it came from") {
    CHECK(child_line({.json = true}, "orders.2", 0, R"({"level":"info","message":"hi"})", now) ==
          "{\"from\":\"orders.2\",\"level\":\"info\",\"message\":\"hi\"}\n");
    CHECK(child_line({.json = true}, "orders.2", 0, "{ }", now) == "{\"from\":\"orders.2\"}\n");
}

TEST_CASE("anything else becomes the message of a JSON log line") {
    for (const std::string text : {"terminate called", "{\"cut\":", "{} {}", "[1]", ""}) {
        schemas::json_document document;
        REQUIRE(document.parse(child_line({.json = true}, "gateway", 0, text, now)));
        const auto& read = document.root().as_object();
        CHECK(read.at("from").as_string() == "gateway");
        CHECK(std::string{read.at("message").as_string()} == text);
    }
}

TEST_CASE("the message alone can be taken from a log line") {
    CHECK(message_of("2026-01-31T10:00:00.000Z error   postbus-orders[42] no [such] file") ==
          "no [such] file");
    CHECK(message_of(R"({"level":"error","message":"no file"})") == "no file");
    CHECK(message_of("postbus-orders: --data: [x] is no folder") ==
          "postbus-orders: --data: [x] is no folder");
    CHECK(message_of("") == "");
}
