#pragma once

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

} // namespace postbus::catalog
