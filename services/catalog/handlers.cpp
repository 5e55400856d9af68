#include "services/catalog/handlers.hpp"

#include "services/kit/uri.hpp"

namespace postbus::catalog {

namespace {

constexpr std::int64_t default_page = 20;

/// What context::page does for ids that are numbers.
void page(std::vector<product>& found, std::int64_t limit, const v1::list_products& wanted,
          kit::context& call) {
    if (std::ssize(found) <= limit) return;
    found.resize(static_cast<std::size_t>(limit));
    std::vector<bus::field> query{{"after", found.back().id}, {"limit", std::to_string(limit)}};
    if (wanted.name) query.push_back({"name", *wanted.name});
    call.set_field("link", kit::next_page_link("/products", query));
}

/// After a change that the store made, or could not make because there is no such product.
kit::result<product> found_or_refused(store& shop, const std::string& id) {
    if (auto found = shop.products.find(id)) return *std::move(found);
    return kit::not_found("there is no product " + id);
}

kit::refusal too_few_or_many(const product& of, std::int64_t change) {
    if (change > 0)
        return kit::conflict(of.id + " would have more than " + std::to_string(v1::max_stock) +
                             " pieces over all time");
    return kit::conflict("only " + std::to_string(of.available) + " of " + of.id +
                         " are available: " + std::to_string(-change) + " cannot be taken out");
}

} // namespace

kit::result<std::vector<product>> list(store& shop, const v1::list_products& wanted,
                                       kit::context& call) {
    const auto limit = wanted.limit.value_or(default_page);
    auto found = shop.products.list(wanted.after.value_or(""), limit + 1, wanted.name);
    page(found, limit, wanted, call);
    return found;
}

kit::result<product> get(store& shop, const v1::get_product& wanted) {
    return found_or_refused(shop, wanted.id);
}

kit::result<product> create(store& shop, const v1::create_product& wanted) {
    const auto available = wanted.available.value_or(0);
    if (!shop.products.add(wanted.id, wanted.name, wanted.price, available))
        return kit::conflict("there is a product " + wanted.id + " already");
    return product{wanted.id, wanted.name, wanted.price, available, 0, 0};
}

kit::result<product> update(store& shop, const v1::update_product& wanted) {
    if (wanted.name) shop.products.rename(wanted.id, *wanted.name);
    if (wanted.price) shop.products.reprice(wanted.id, *wanted.price);
    return found_or_refused(shop, wanted.id);
}

kit::result<product> change_stock(store& shop, const v1::change_stock& wanted) {
    const bool changed = shop.products.change_stock(wanted.id, wanted.change);
    auto found = found_or_refused(shop, wanted.id);
    if (found && !changed) return too_few_or_many(*found, wanted.change);
    return found;
}

kit::result<schemas::audit_v1::audit> check_books(store& shop, const nothing&) {
    return shop.audit.run();
}

kit::result<schemas::audit_v1::stock_books> books(store& shop,
                                                  const schemas::audit_v1::read_books& wanted) {
    return shop.audit.books(wanted.first, wanted.limit.value_or(schemas::audit_v1::max_entries));
}

} // namespace postbus::catalog
