#include "schemas/cloud_event.hpp"

#include <doctest/doctest.h>

namespace postbus::schemas {

namespace {

std::string text(const events_v1::event& what) {
    std::string out;
    write_cloud_event("orders", "ab12", what, out);
    return out;
}

events_v1::event with_data(std::string data) {
    events_v1::event out;
    out.topic = "a.b";
    out.data = std::move(data);
    return out;
}

} // namespace

TEST_CASE("an event is CloudEvents 1.0 in JSON") {
    CHECK_EQ(text({.seq = 7,
                   .topic = "orders.placed",
                   .key = "12",
                   .schema = "orders.placed/1",
                   .data = R"({"order":12,"n":1.50})",
                   .trace = "",
                   .at_ms = 1'767'225'600'042}),
             R"({"specversion":"1.0","id":"ab12-7","source":"/orders","type":"orders.placed",)"
             R"("subject":"12","time":"2026-01-01T00:00:00.042Z",)"
             R"("datacontenttype":"application/json","data":{"order":12,"n":1.50}})");
}

TEST_CASE("an event about nothing in particular has no subject") {
    CHECK(text(with_data("1")).find("subject") == std::string::npos);
}

TEST_CASE("data of several lines is still one line") {
    const auto made = text(with_data("{\r\n\"x\":\n\"a\\nb\"}"));
    CHECK_MESSAGE(made.ends_with(R"("data":{  "x": "a\nb"}})"), made);
}

TEST_CASE("a time is RFC 3339 in UTC, leap days included") {
    CHECK_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
    CHECK_EQ(rfc3339(1'709'251'199'999), "2024-02-29T23:59:59.999Z");
}

} // namespace postbus::schemas
