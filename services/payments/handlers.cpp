#include "services/payments/handlers.hpp"

#include "services/payments/saga.hpp"

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

kit::result<payment> retry_refund(store& shop, const v1::retry_refund& wanted, kit::context& call) {
    const auto before = shop.payments.of_order(wanted.order);
    if (!before)
        return kit::not_found("there is no payment of order " + std::to_string(wanted.order));
    if (before->status != "refund_failed")
        return kit::conflict("payment " + std::to_string(before->id) + " is " + before->status +
                             ", not refund_failed");
    const auto now = shop.payments.retry_refund(wanted.order, call.now_unix_ms()).value();
    if (now.status == "refunded") tell_refund(now, call);
    return now;
}

kit::result<schemas::audit_v1::audit> check_books(store& shop, const nothing&) {
    return shop.audit.run();
}

kit::result<schemas::audit_v1::payment_books> books(store& shop,
                                                    const schemas::audit_v1::read_books& wanted) {
    return shop.audit.books(wanted.first, wanted.limit.value_or(schemas::audit_v1::max_entries));
}

} // namespace postbus::payments
