#include "bus/log_line.hpp"

#include "schemas/json_read.hpp"

#include <doctest/doctest.h>

using namespace postbus;
using namespace std::chrono_literals;

namespace {

bus::log_entry entry(std::string_view message) {
    return {std::chrono::system_clock::time_point{} + 1'700'000'000'007ms, "info", "postbus-orders",
            42, message};
}

std::string text_line(std::string_view message) {
    std::string out;
    bus::append_text_line(entry(message), out);
    return out;
}

std::string message_of_json_line(std::string_view message) {
    std::string line;
    bus::append_json_line(entry(message), line);
    schemas::json_document document;
    REQUIRE_MESSAGE(document.parse(line), document.error());
    const auto& read = document.root().as_object();
    CHECK(read.at("time").as_string() == "2023-11-14T22:13:20.007Z");
    CHECK(read.at("level").as_string() == "info");
    CHECK(read.at("program").as_string() == "postbus-orders");
    CHECK(read.at("pid").as_int64() == 42);
    CHECK(line.find('\n') == line.size() - 1);
    return std::string{read.at("message").as_string()};
}

} // namespace

TEST_CASE("a text log line has time, level, program, pid and message") {
    CHECK(text_line("up") == "2023-11-14T22:13:20.007Z info    postbus-orders[42] up\n");
}

TEST_CASE("a message cannot break out of its text log line") {
    CHECK(text_line("a\nb\r\x1b[31m\x7f").ends_with(" a\\nb\\x0d\\x1b[31m\\x7f\n"));
}

TEST_CASE("a JSON log line is JSON whatever the message holds") {
    for (const std::string text : {"plain", "quote \" and \\", "two\nlines\tand\x01", "Grüße €😀"})
        CHECK(message_of_json_line(text) == text);
}

TEST_CASE("bytes that are not UTF-8 are replaced in a JSON log line") {
    const std::string mark = "\xEF\xBF\xBD";
    CHECK(message_of_json_line("a\xffz") == "a" + mark + "z");
    CHECK(bus::to_utf8("\xC3") == mark);                                       // ends early
    CHECK(bus::to_utf8("\xC0\x80") == mark + mark);                            // overlong
    CHECK(bus::to_utf8("\xE0\x80\x80") == mark + mark + mark);                 // overlong
    CHECK(bus::to_utf8("\xED\xA0\x80") == mark + mark + mark);                 // surrogate
    CHECK(bus::to_utf8("\xF4\x90\x80\x80").find('\xF4') == std::string::npos); // past U+10FFFF
    CHECK(bus::to_utf8("\xC3(") == mark + "(");
    CHECK(bus::to_utf8("\xF0\x9F\x98\x80") == "\xF0\x9F\x98\x80");
}
