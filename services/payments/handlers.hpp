#pragma once

#include "schemas/audit_v1.hpp"
#include "schemas/payments_v1.hpp"
#include "services/kit/context.hpp"
#include "services/kit/result.hpp"
#include "services/payments/store.hpp"

#include <vector>

namespace postbus::payments {

namespace v1 = schemas::payments_v1;

kit::result<std::vector<payment>> list(store&, const v1::list_payments&, kit::context&);
kit::result<payment> get(store&, const v1::get_payment&);
kit::result<payment> retry_refund(store&, const v1::retry_refund&, kit::context&);

/// For `postbus audit`: whether the books agree, and what they say about orders.
struct nothing {};
BOOST_DESCRIBE_STRUCT(nothing, (), ())
kit::result<schemas::audit_v1::audit> check_books(store&, const nothing&);
kit::result<schemas::audit_v1::payment_books> books(store&, const schemas::audit_v1::read_books&);

} // namespace postbus::payments
