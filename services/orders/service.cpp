#include "services/orders/service.hpp"

#include "services/orders/handlers.hpp"
#include "services/orders/migrations/0001_orders.hpp"
#include "services/orders/order_shape.hpp"

namespace postbus::orders {

kit::service service() {
    using kit::read, kit::write;
    return {
        .name = "orders",
        .version = 1,
        .migrations = {create_orders_tables},
        .store = kit::make_store<store>(),
        .operations =
            {
                read("orders.list", "GET /orders", list).summary("List orders"),
                read("orders.get", "GET /orders/{id}", get).summary("Show an order"),
                write("orders.create", "POST /orders", create)
                    .created_at("/orders/{id}")
                    .summary("Place an order"),
            },
    };
}

} // namespace postbus::orders
