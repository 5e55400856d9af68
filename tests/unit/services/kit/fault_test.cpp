#include "services/kit/fault.hpp"

#include <doctest/doctest.h>

#include <sqlite3.h>

namespace postbus::tests {

using kind = kit::fault::kind;

TEST_CASE("what SQLite says becomes what it means") {
    CHECK_EQ(kit::sqlite_fault(SQLITE_CONSTRAINT, false, "").what, kind::bug);
    CHECK_EQ(kit::sqlite_fault(SQLITE_INTERRUPT, false, "").what, kind::interrupted);
    CHECK_EQ(kit::sqlite_fault(SQLITE_READONLY, false, "").what, kind::storage);
    CHECK_EQ(kit::sqlite_fault(SQLITE_READONLY, true, "").what, kind::bug);
    CHECK(kit::sqlite_fault(SQLITE_FULL, false, "").definite);
    CHECK_FALSE(kit::sqlite_fault(SQLITE_IOERR_FSYNC, false, "").definite);
}

TEST_CASE("what PostgreSQL says becomes what it means") {
    const auto of = [](std::string_view state) {
        return kit::postgres_fault(state, false, false, "");
    };
    CHECK_EQ(of("23505").what, kind::bug); // a key that is there already
    CHECK_EQ(of("57014").what, kind::interrupted);
    CHECK_EQ(of("53100").what, kind::storage);
    CHECK(of("55P03").busy);
    CHECK_EQ(of("25006").what, kind::storage);
    CHECK_EQ(kit::postgres_fault("25006", false, true, "").what, kind::bug);
    for (const auto* state : {"57P01", "08006", "25P03"}) {
        CHECK(of(state).lost);
        CHECK_FALSE(of(state).definite);
        CHECK_EQ(of(state).what, kind::storage);
    }
    CHECK(kit::postgres_fault("", true, false, "").lost);
    CHECK_FALSE(of("40P01").lost);
}

} // namespace postbus::tests
