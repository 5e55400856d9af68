#pragma once

#include "schemas/orders_v1.hpp"
#include "services/kit/query.hpp"
#include "services/orders/order_audit.hpp"
#include "services/orders/order_progress.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postbus::orders {

using schemas::orders_v1::item;
using schemas::orders_v1::order;

/// An order's own row, without its items.
struct order_row {
    std::int64_t id = 0;
    std::int64_t user = 0;
    std::string status;
    std::optional<std::string> reason{};
    std::optional<std::int64_t> amount{};
    std::optional<std::string> currency{};
};
BOOST_DESCRIBE_STRUCT(order_row, (), (id, user, status, reason, amount, currency))

/// The orders and their items.
class store {
public:
    explicit store(kit::sql&);

    /// In the order of their ids, those above `after`; of one user, when given.
    std::vector<order> list(std::int64_t after, std::int64_t limit,
                            std::optional<std::int64_t> user);
    std::optional<order> find(std::int64_t id);
    /// A pending order of that user. Products must differ.
    order add(std::int64_t user, std::vector<item> items, std::int64_t now_unix_ms);

    order_progress progress;
    order_audit audit;

private:
    order with_items(order_row);

    kit::query<order_row(std::int64_t, std::int64_t)> list_;
    kit::query<order_row(std::int64_t, std::int64_t, std::int64_t)> list_of_user_;
    kit::query<order_row(std::int64_t)> find_;
    kit::query<item(std::int64_t)> items_;
    kit::insertion<std::int64_t, std::string, std::int64_t> add_;
    kit::query<void(std::int64_t, std::int64_t, std::string, std::int64_t)> add_item_;
};

} // namespace postbus::orders
