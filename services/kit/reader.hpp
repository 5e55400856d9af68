#pragma once

#include "services/kit/call.hpp"
#include "services/kit/connection.hpp"
#include "services/kit/run_limits.hpp"
#include "services/kit/store.hpp"

#include <memory>

namespace postbus::kit {

/// Runs reads on a connection of its own that cannot write, so that a handler that was declared
/// safe is. Belongs to one thread.
class reader {
public:
    /// Throws database_error and soci::soci_error.
    reader(const database_url&, const store_maker&, run_limits limits = {});

    /// All reads up to end() see one state of the database. Answers the call, whatever happens.
    void run(call&, std::chrono::steady_clock::time_point statement_limit);
    /// Lets go of that state.
    void end() noexcept { db_.rollback(); }

    connection& db() noexcept { return db_; }

private:
    connection db_;
    std::unique_ptr<any_store> store_;
    run_limits limits_;
};

} // namespace postbus::kit
