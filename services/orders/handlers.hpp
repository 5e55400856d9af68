#pragma once

#include "schemas/audit_v1.hpp"
#include "schemas/orders_v1.hpp"
#include "services/kit/context.hpp"
#include "services/kit/result.hpp"
#include "services/orders/store.hpp"

#include <vector>

namespace postbus::orders {

namespace v1 = schemas::orders_v1;

kit::result<std::vector<order>> list(store&, const v1::list_orders&, kit::context&);
kit::result<order> get(store&, const v1::get_order&);
kit::result<order> create(store&, const v1::create_order&, kit::context&);
kit::result<order> cancel_order(store&, const v1::cancel_order&, kit::context&);

/// For `postbus audit`: whether the books agree, and what they say about orders.
struct nothing {};
BOOST_DESCRIBE_STRUCT(nothing, (), ())
kit::result<schemas::audit_v1::audit> check_books(store&, const nothing&);
kit::result<schemas::audit_v1::order_books> books(store&, const schemas::audit_v1::read_books&);

} // namespace postbus::orders
