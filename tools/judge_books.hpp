#pragma once

#include "schemas/audit_v1.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace postbus::tools {

/// What three services have in their books about the same orders. The orders were read when they
/// had heard of everything that `payments_before` holds; the rest was read after them.
struct books {
    std::vector<schemas::audit_v1::payment_entry> payments_before;
    std::vector<schemas::audit_v1::order_entry> orders;
    std::vector<schemas::audit_v1::payment_entry> payments_after;
    std::vector<schemas::audit_v1::stock_entry> stock;
};

struct judgement {
    std::vector<schemas::audit_v1::broken_rule> broken;
    std::int64_t broken_count = 0;
    std::int64_t captures = 0;
    std::int64_t confirmed = 0;
    std::int64_t in_progress = 0; ///< orders that have not ended, or whose money is on its way back
    std::int64_t oldest_ms = 0;   ///< of those
};

/// Every capture has a confirmed order, a refund, or an order in progress; every confirmed order
/// has one capture of its total, and its stock is sold. Pure.
void judge(const books&, judgement&);

} // namespace postbus::tools
