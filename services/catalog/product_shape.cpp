#include "services/catalog/product_shape.hpp"

namespace postbus::catalog {

product shape(product_row row) {
    return {.id = std::move(row.id),
            .name = std::move(row.name),
            .price = {row.amount, std::move(row.currency)},
            .available = row.available,
            .reserved = row.reserved,
            .sold = row.sold};
}

std::string contains_pattern(std::string_view part) {
    std::string out = "%";
    for (const char c : part) {
        if (c == '%' || c == '_' || c == '!') out += '!';
        out += c;
    }
    if (!part.empty()) out += '%';
    return out;
}

} // namespace postbus::catalog

namespace postbus::schemas::catalog_v1 {

void check(const update_product& wanted, field_errors& errors) {
    if (!wanted.name && !wanted.price)
        errors.push_back({"name", "is missing; give name, price or both"});
}

void check(const change_stock& wanted, field_errors& errors) {
    if (wanted.change == 0)
        errors.push_back({"change", "must not be 0: above to put in, below to take out"});
}

} // namespace postbus::schemas::catalog_v1
