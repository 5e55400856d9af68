#include "bus/errc.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace postbus::bus {

TEST_CASE("every refusal of the bus has a sentence of its own and a status") {
    std::set<std::string_view> sentences;
    for (std::uint8_t code = 0; code <= static_cast<std::uint8_t>(last_errc); ++code) {
        CAPTURE(code);
        const auto error = static_cast<errc>(code);
        CHECK_NE(message(error), "unknown error");
        CHECK(sentences.insert(message(error)).second);
        CHECK((error == errc::ok) == (http_status(error) < 400));
    }
    CHECK_EQ(message(static_cast<errc>(63)), "unknown error");
}

TEST_CASE("the statuses are those of the contract") {
    CHECK_EQ(http_status(errc::unknown_service), 404);
    CHECK_EQ(http_status(errc::no_worker), 503);
    CHECK_EQ(http_status(errc::queue_full), 503);
    CHECK_EQ(http_status(errc::expired), 504);
    CHECK_EQ(http_status(errc::resends_used_up), 502);
    CHECK_EQ(http_status(errc::broker_unreachable), 503);
    CHECK_EQ(http_status(errc::storage), 503);
    CHECK_EQ(http_status(errc::failed), 500);
}

TEST_CASE("an outcome is named as problems show it") {
    CHECK_EQ(name(outcome::executed), "");
    CHECK_EQ(name(outcome::not_executed), "not-executed");
    CHECK_EQ(name(outcome::unknown), "unknown");
}

} // namespace postbus::bus
