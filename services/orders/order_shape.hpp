#pragma once

#include "services/orders/store.hpp"

/// How an order looks to its readers, and what an order must be to be taken. Pure.

namespace postbus::orders {

/// With the short form `product` when it is one of one product.
order shape(order_row, std::vector<item>);

/// The items that were asked for, from either form.
std::vector<item> items_of(const schemas::orders_v1::create_order&);

} // namespace postbus::orders

namespace postbus::schemas::orders_v1 {

/// What no rule of one field can say: `items` or `product`, and no product twice. Found by the
/// handler table through its argument.
void check(const create_order&, field_errors&);

} // namespace postbus::schemas::orders_v1
