#pragma once

#include <stdexcept>
#include <string>

namespace postbus::kit {

/// What a database error means for the request that met it. Pure: engine code in, meaning out.
struct fault {
    enum class kind {
        bug,         ///< the statement or its data is wrong: 500
        storage,     ///< full, locked, broken: nothing was executed, try again later
        interrupted, ///< ran into its time limit
    };
    kind what = kind::bug;
    int code = 0;     ///< the engine's own, extended; 0: it was not the engine
    std::string text; ///< for the log
};

/// Sorts an SQLite result code (extended or not). On a connection that only reads, an attempt to
/// write is a bug.
fault::kind kind_of(int sqlite_code, bool read_only) noexcept;

/// True when a commit that failed so has certainly not happened, and will not after a crash.
bool is_definite(const fault&) noexcept;

/// A sentence for the caller of a request that met storage trouble.
std::string describe(const fault&);

/// Thrown by the kit's own statements (transactions, checkpoints, opening).
struct database_error : std::runtime_error {
    explicit database_error(kit::fault f) : std::runtime_error{f.text}, fault{std::move(f)} {}
    kit::fault fault;
};

} // namespace postbus::kit
