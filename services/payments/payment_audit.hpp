#pragma once

#include "schemas/audit_v1.hpp"
#include "services/kit/query.hpp"

#include <cstdint>
#include <string>

namespace postbus::payments {

using schemas::audit_v1::audit;

/// A payment and what the ledger has of it: approved operations, and the sums of their amounts.
struct payment_figures {
    std::int64_t order = 0;
    std::int64_t amount = 0;
    std::string status;
    std::int64_t authorisations = 0;
    std::int64_t captures = 0;
    std::int64_t voids = 0;
    std::int64_t refunds = 0;
    std::int64_t captured = 0;
    std::int64_t refunded = 0;
};
BOOST_DESCRIBE_STRUCT(payment_figures, (),
                      (order, amount, status, authorisations, captures, voids, refunds, captured,
                       refunded))

/// Adds one payment to the audit: what the card processor did is what the status says, nothing is
/// captured twice, nothing refunded that was not captured, and the amounts are the payment's. Pure.
void judge(const payment_figures&, audit&);

/// Reads all payments, in one statement and so at one moment: for the slow pool.
class payment_audit {
public:
    explicit payment_audit(kit::sql&);

    audit run();
    schemas::audit_v1::payment_books books(std::int64_t first, std::int64_t limit);

private:
    kit::query<payment_figures()> figures_;
    kit::query<std::int64_t()> head_;
    kit::query<schemas::audit_v1::payment_entry(std::int64_t, std::int64_t)> entries_;
};

} // namespace postbus::payments
