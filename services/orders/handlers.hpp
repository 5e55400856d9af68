#pragma once

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

} // namespace postbus::orders
