#include "schemas/cloud_event.hpp"

#include "schemas/json_write.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

namespace postbus::schemas {

namespace {

struct cloud_event {
    std::string specversion = "1.0";
    std::string id;
    std::string source;
    std::string type;
    std::optional<std::string> subject;
    std::string time;
    std::string datacontenttype = "application/json";
    raw_json data;
};
BOOST_DESCRIBE_STRUCT(cloud_event, (),
                      (specversion, id, source, type, subject, time, datacontenttype, data))

} // namespace

void write_cloud_event(std::string_view service, std::string_view database,
                       const events_v1::event& what, std::string& out) {
    cloud_event made;
    made.id = std::string{database} + '-' + std::to_string(what.seq);
    made.source = '/' + std::string{service};
    made.type = what.topic;
    if (!what.key.empty()) made.subject = what.key;
    made.time = rfc3339(what.at_ms);
    made.data.text = what.data;
    // Between the tokens of JSON an end of line is as good as a space; inside them there is none.
    std::ranges::replace_if(
        made.data.text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    write_json(made, out);
}

std::string rfc3339(std::int64_t unix_ms) {
    using namespace std::chrono;
    const sys_time<milliseconds> when{milliseconds{unix_ms}};
    const auto day = floor<days>(when);
    const year_month_day date{day};
    const hh_mm_ss time{when - day};
    char text[48];
    const auto size = std::snprintf(
        text, sizeof text, "%04d-%02u-%02uT%02ld:%02ld:%02ld.%03ldZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<long>(time.hours().count()), static_cast<long>(time.minutes().count()),
        static_cast<long>(time.seconds().count()), static_cast<long>(time.subseconds().count()));
    return {text, static_cast<std::size_t>(size)};
}

} // namespace postbus::schemas
