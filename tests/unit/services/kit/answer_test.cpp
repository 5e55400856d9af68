#include "services/kit/answer.hpp"

#include <doctest/doctest.h>

namespace postbus::kit {

TEST_CASE("a refusal is a problem that names status, detail and fields") {
    const auto told = problem(invalid("name", "must not be empty"));
    CHECK_EQ(told.status, 422);
    CHECK_EQ(told.body, R"({"type":"about:blank","title":"Unprocessable Content","status":422,)"
                        R"("detail":"name must not be empty",)"
                        R"("errors":[{"field":"name","message":"must not be empty"}]})");
    CHECK_EQ(problem(not_found("no")).status, 404);
    CHECK_EQ(problem(conflict("no")).status, 409);
}

TEST_CASE("502, 503 and 504 say what is known of the effect, other statuses do not") {
    using statuses = std::initializer_list<std::uint16_t>;
    for (const auto status : statuses{400, 404, 409, 422, 500, 501})
        CHECK_EQ(problem({status, "", {}}).body.find("outcome"), std::string::npos);
    for (const auto status : statuses{502, 503, 504})
        CHECK(problem({status, "", {}}).body.ends_with(R"("outcome":"not-executed"})"));
    CHECK(storage_problem("full", bus::outcome::unknown).body.ends_with(R"("outcome":"unknown"})"));
}

TEST_CASE("for a call that was sent before, not-executed is doubtful") {
    auto told = storage_problem("full");
    CHECK_EQ(told.fields, std::vector<bus::field>{{"retry-after", "1"}});
    doubt(told);
    CHECK_EQ(told.outcome, bus::outcome::unknown);
    CHECK(told.body.ends_with(R"("outcome":"unknown"})"));
    auto expired = refused(bus::errc::expired, bus::outcome::not_executed);
    doubt(expired);
    CHECK_EQ(expired.outcome, bus::outcome::unknown);
    auto conflicting = problem(conflict("no"));
    const auto before = conflicting.body;
    doubt(conflicting);
    CHECK_EQ(conflicting.outcome, bus::outcome::executed);
    CHECK_EQ(conflicting.body, before);
}

} // namespace postbus::kit
