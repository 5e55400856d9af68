#pragma once

#include "schemas/audit_v1.hpp"
#include "schemas/catalog_v1.hpp"
#include "services/catalog/store.hpp"
#include "services/kit/context.hpp"
#include "services/kit/result.hpp"

#include <vector>

namespace postbus::catalog {

namespace v1 = schemas::catalog_v1;

kit::result<std::vector<product>> list(store&, const v1::list_products&, kit::context&);
kit::result<product> get(store&, const v1::get_product&);
kit::result<product> create(store&, const v1::create_product&);
kit::result<product> update(store&, const v1::update_product&);
kit::result<product> change_stock(store&, const v1::change_stock&);

/// For `postbus audit`: whether the books agree, and what they say about orders.
struct nothing {};
BOOST_DESCRIBE_STRUCT(nothing, (), ())
kit::result<schemas::audit_v1::audit> check_books(store&, const nothing&);
kit::result<schemas::audit_v1::stock_books> books(store&, const schemas::audit_v1::read_books&);

} // namespace postbus::catalog
