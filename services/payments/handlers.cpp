#include "services/payments/handlers.hpp"

namespace postbus::payments {

namespace {

constexpr std::int64_t default_page = 20;

} // namespace

kit::result<std::vector<payment>> list(store& shop, const v1::list_payments& wanted,
                                       kit::context& call) {
    const auto limit = wanted.limit.value_or(default_page);
    auto found = shop.payments.list(wanted.after.value_or(0), limit + 1, wanted.order);
    call.page(found, limit);
    return found;
}

kit::result<payment> get(store& shop, const v1::get_payment& wanted) {
    if (auto found = shop.payments.find(wanted.id)) return *std::move(found);
    return kit::not_found("there is no payment " + std::to_string(wanted.id));
}

} // namespace postbus::payments
