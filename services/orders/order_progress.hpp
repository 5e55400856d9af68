#pragma once

#include "schemas/money.hpp"
#include "services/kit/query.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postbus::orders {

/// Where an order is on its way:
///
///     pending ──> stock_reserved ──> paid ──> confirmed
///        └───────────┴─> rejected      │          │
///        └───────────┴─────────────────┴──────────┴──> cancelled <──> compensation_failed
///
/// A step is taken only from the statuses it may start at, so it happens once; from another it
/// changes nothing. To be called in the transaction of whoever decides.
class order_progress {
public:
    explicit order_progress(kit::sql&);

    /// False: the order is not there, or not at `from` (any more).
    bool advance(std::int64_t order, const std::string& from, const std::string& to);
    bool end(std::int64_t order, const std::string& from, const std::string& to,
             const std::string& reason);
    void set_total(std::int64_t order, const schemas::money& total);
    std::optional<std::string> status(std::int64_t order);

    bool knows_user(std::int64_t user);
    void learn_user(std::int64_t user);
    void forget_user(std::int64_t user);

    /// False: it was placed already.
    bool mark_placed(std::int64_t order);
    /// Pending orders of a user that was not known when they came.
    std::vector<std::int64_t> waiting_for(std::int64_t user);
    /// Those that have waited since before `created_before` (Unix ms), if any user was ever heard
    /// of.
    std::vector<std::int64_t> waited_too_long(std::int64_t created_before, std::int64_t limit);

private:
    kit::query<void(std::string, std::int64_t, std::string)> advance_;
    kit::query<void(std::string, std::string, std::int64_t, std::string)> end_;
    kit::query<void(std::int64_t, std::string, std::int64_t)> set_total_;
    kit::query<std::string(std::int64_t)> status_;
    kit::query<std::int64_t(std::int64_t)> knows_user_;
    kit::query<void(std::int64_t)> learn_user_;
    kit::query<void(std::int64_t)> forget_user_;
    kit::query<void(std::int64_t)> mark_placed_;
    kit::query<std::int64_t(std::int64_t)> waiting_for_;
    kit::query<std::int64_t(std::int64_t, std::int64_t)> waited_too_long_;
};

} // namespace postbus::orders
