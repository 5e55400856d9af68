#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace postbus::kit {

/// What a database error means for the request that met it.
struct fault {
    enum class kind {
        bug,         ///< the statement or its data is wrong: 500
        storage,     ///< full, locked, broken: nothing was executed, try again later
        interrupted, ///< ran into its time limit
        unstorable,  ///< a value that this engine cannot hold: 422
    };
    kind what = kind::bug;
    int code = 0;     ///< SQLite's own, extended; 0: it was not SQLite
    std::string text; ///< for the log
    std::string_view told = "the database cannot take writes now"; ///< for the caller
    bool definite = true; ///< a commit that failed so did not happen, and will not after a crash
    bool lost = false;    ///< the connection is gone; a commit that was under way may have happened
    bool busy = false;    ///< another program had the lock all the time
};

/// Sorts an SQLite result code (extended or not). On a connection that only reads, an attempt to
/// write is a bug. Pure.
fault sqlite_fault(int code, bool read_only, std::string text);

/// Sorts a PostgreSQL SQLSTATE, empty when the server did not give one. Pure.
fault postgres_fault(std::string_view sqlstate, bool lost, bool read_only, std::string text);

/// The fault behind an exception in flight that no engine threw.
fault foreign_fault();

/// A sentence for the caller of a request that met storage trouble.
std::string describe(const fault&);

/// Thrown by the kit's own statements (transactions, checkpoints, opening).
struct database_error : std::runtime_error {
    explicit database_error(kit::fault f) : std::runtime_error{f.text}, fault{std::move(f)} {}
    kit::fault fault;
};

} // namespace postbus::kit
