#pragma once

#include <doctest/doctest.h>

namespace postbus::tests {

enum class engine { sqlite, postgresql };

/// Runs the test case that asks once with each.
inline engine either_engine() {
    auto out = engine::sqlite;
    SUBCASE("on SQLite") {
        out = engine::sqlite;
    }
    SUBCASE("on PostgreSQL") {
        out = engine::postgresql;
    }
    return out;
}

} // namespace postbus::tests
