#pragma once

#include "services/catalog/product_table.hpp"

#include <string>
#include <string_view>

/// How a product looks to its readers, and what a change of it must be. Pure.

namespace postbus::catalog {

product shape(product_row);

/// For LIKE with ESCAPE '!': any text that contains `part`, whatever characters that has.
std::string contains_pattern(std::string_view part);

} // namespace postbus::catalog

namespace postbus::schemas::catalog_v1 {

/// What no rule of one field can say. Found by the handler table through their argument.
void check(const update_product&, field_errors&);
void check(const change_stock&, field_errors&);

} // namespace postbus::schemas::catalog_v1
