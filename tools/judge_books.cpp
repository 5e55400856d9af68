#include "tools/judge_books.hpp"

#include <algorithm>
#include <unordered_map>

namespace postbus::tools {

namespace {

namespace v1 = schemas::audit_v1;

template <class Entry>
auto by_order(const std::vector<Entry>& entries) {
    std::unordered_map<std::int64_t, const Entry*> out;
    for (const auto& one : entries) out.emplace(one.order, &one);
    return out;
}

class judge_of {
public:
    judge_of(const books& all, judgement& out)
        : orders_{by_order(all.orders)}, payments_{by_order(all.payments_after)},
          stock_{by_order(all.stock)}, out_{out} {}

    void of_capture(const v1::payment_entry& payment) {
        if (payment.status != "captured") return;
        ++out_.captures;
        const auto order = orders_.find(payment.order);
        const bool known = order != orders_.end();
        const auto status = known ? order->second->status : "";
        // Cancelled: its refund is on the way, or has failed and an operator knows.
        const bool may_be = status == "paid" || status == "confirmed" || status == "cancelled" ||
                            status == "compensation_failed";
        expect("a capture has an order that is paid for", payment.order, 1, known && may_be);
    }

    void of_order(const v1::order_entry& order) {
        const auto payment = payments_.find(order.order);
        const bool paid = payment != payments_.end();
        const auto money = paid ? payment->second->status : "";
        if (order.status == "confirmed") {
            ++out_.confirmed;
            // Cancelled since it was read: then the money has gone back.
            const bool taken =
                money == "captured" || money == "refunded" || money == "refund_failed";
            expect("a confirmed order has one capture", order.order, 1, taken);
            if (!taken) return;
            expect("a confirmed order's capture is its total", order.order, order.amount,
                   payment->second->amount);
            const auto stock = stock_.find(order.order);
            const bool sold = stock != stock_.end() && stock->second->sold > 0;
            expect("a confirmed order's stock is sold", order.order, 1,
                   sold || money != "captured");
            return;
        }
        const bool ended = order.status == "rejected" || order.status == "cancelled" ||
                           order.status == "compensation_failed";
        if (order.status == "rejected")
            expect("a rejected order took no money", order.order, 0, money == "captured");
        if (ended && money != "captured") return;
        ++out_.in_progress;
        out_.oldest_ms = std::max(out_.oldest_ms, order.age_ms);
    }

private:
    void expect(const char* rule, std::int64_t order, std::int64_t expected, std::int64_t found) {
        if (expected == found) return;
        if (++out_.broken_count <= v1::max_broken)
            out_.broken.push_back({rule, "order " + std::to_string(order), expected, found});
    }

    std::unordered_map<std::int64_t, const v1::order_entry*> orders_;
    std::unordered_map<std::int64_t, const v1::payment_entry*> payments_;
    std::unordered_map<std::int64_t, const v1::stock_entry*> stock_;
    judgement& out_;
};

} // namespace

void judge(const books& all, judgement& out) {
    judge_of judge{all, out};
    for (const auto& one : all.payments_before) judge.of_capture(one);
    for (const auto& one : all.orders) judge.of_order(one);
}

} // namespace postbus::tools
