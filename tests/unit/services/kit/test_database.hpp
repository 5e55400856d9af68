#pragma once

#include "services/kit/database_url.hpp"
#include "tests/engine.hpp"
#include "tests/postgres_server.hpp"
#include "tests/unit/services/kit/temp_folder.hpp"

namespace postbus::tests {

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
