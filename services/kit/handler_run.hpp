#pragma once

#include "services/kit/call.hpp"
#include "services/kit/connection.hpp"
#include "services/kit/run_limits.hpp"
#include "services/kit/store.hpp"

namespace postbus::kit {

/// How one run of a handler ended. Its answer is in call::reply; call::answered is
/// left alone.
enum class ran {
    done,     ///< what it wrote stands
    refused,  ///< it said no, or failed: what it wrote must be undone
    not_told, ///< like refused, but the answer is not to be recorded (5xx)
};

/// Runs the handler of a bound call inside whatever transaction is open. Exceptions end here: they
/// become a 500, or a 503 when the storage is to blame. Logs failures and slow handlers.
/// Its events go to `log`; null for a read.
ran run_handler(call&, connection&, any_store&, event_log*, const run_limits&,
                std::chrono::steady_clock::time_point statement_limit);

/// The answer to a request that met this fault.
answer answer_to(const fault&);

} // namespace postbus::kit
