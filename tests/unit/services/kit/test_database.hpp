#pragma once

#include "services/kit/database_url.hpp"
#include "tests/postgres_server.hpp"
#include "tests/unit/services/kit/temp_folder.hpp"

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

/// An empty database of one test.
class test_database {
public:
    explicit test_database(engine which = either_engine()) : which_{which} {
        if (which == engine::sqlite) url_ = folder_ / "a b=c.db";
        else url_ = kit::parse_database_url(server().create_schema());
    }

    engine which() const noexcept { return which_; }
    const kit::database_url& url() const noexcept { return url_; }
    static postgres_server& server() { return postgres_server::shared(); }

private:
    engine which_;
    temp_folder folder_;
    kit::database_url url_;
};

} // namespace postbus::tests
