#include "services/orders/order_shape.hpp"

#include <set>
#include <string_view>

namespace postbus::orders {

order shape(order_row row, std::vector<item> items) {
    order out;
    out.id = row.id;
    out.user = row.user;
    out.status = std::move(row.status);
    out.reason = std::move(row.reason);
    if (row.amount && row.currency) out.total = schemas::money{*row.amount, *row.currency};
    out.items = std::move(items);
    if (out.items.size() == 1 && out.items.front().quantity == 1)
        out.product = out.items.front().product;
    return out;
}

std::vector<item> items_of(const schemas::orders_v1::create_order& wanted) {
    if (wanted.items) return *wanted.items;
    return {{wanted.product.value(), 1}};
}

} // namespace postbus::orders

namespace postbus::schemas::orders_v1 {

void check(const create_order& wanted, field_errors& errors) {
    if (wanted.items && wanted.product)
        errors.push_back({"product", "must not be given together with items"});
    if (!wanted.items && !wanted.product)
        errors.push_back({"items", "is missing; give items, or product for one of one product"});
    if (!wanted.items) return;
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < wanted.items->size(); ++i)
        if (!seen.insert((*wanted.items)[i].product).second)
            errors.push_back({"items[" + std::to_string(i) + "].product",
                              "is in the order already; raise its quantity"});
}

} // namespace postbus::schemas::orders_v1
