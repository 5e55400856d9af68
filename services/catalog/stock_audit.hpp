#pragma once

#include "schemas/audit_v1.hpp"
#include "services/kit/query.hpp"

#include <cstdint>
#include <string>

namespace postbus::catalog {

using schemas::audit_v1::audit;

/// All that is known of a product's pieces, from three tables.
struct stock_figures {
    std::string product;
    std::int64_t available = 0;
    std::int64_t reserved = 0;
    std::int64_t sold = 0;
    std::int64_t put_in = 0;        ///< the sum of its stock changes
    std::int64_t held_for = 0;      ///< of its reservations, what is held
    std::int64_t fulfilled_for = 0; ///< of its reservations, what is sold
};
BOOST_DESCRIBE_STRUCT(stock_figures, (),
                      (product, available, reserved, sold, put_in, held_for, fulfilled_for))

/// Adds one product to the audit: no piece is lost or made, and all three tables agree. Pure.
void judge(const stock_figures&, audit&);

/// Reads the whole catalog, in one statement and so at one moment: for the slow pool.
class stock_audit {
public:
    explicit stock_audit(kit::sql&);

    audit run();
    schemas::audit_v1::stock_books books(std::int64_t first, std::int64_t limit);

private:
    kit::query<stock_figures()> figures_;
    kit::query<schemas::audit_v1::stock_entry(std::int64_t, std::int64_t)> entries_;
};

} // namespace postbus::catalog
