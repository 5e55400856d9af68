#include "services/orders/service.hpp"

#include "services/orders/handlers.hpp"
#include "services/orders/migrations/0001_orders.hpp"
#include "services/orders/migrations/0002_saga.hpp"
#include "services/orders/order_shape.hpp"
#include "services/orders/saga.hpp"

namespace postbus::orders {

kit::service service() {
    using kit::read, kit::write;
    return {
        .name = "orders",
        .version = 1,
        .migrations = {create_orders_tables, add_saga},
        .store = kit::make_store<store>(),
        .operations =
            {
                read("orders.list", "GET /orders", list).summary("List orders"),
                read("orders.get", "GET /orders/{id}", get).summary("Show an order"),
                write("orders.create", "POST /orders", create)
                    .created_at("/orders/{id}")
                    .terminal_states({"confirmed", "rejected", "cancelled", "compensation_failed"})
                    .summary("Place an order"),
                write("orders.cancel", "POST /orders/{id}/cancel", cancel_order)
                    .summary("Cancel an order, however far it is"),
                read("orders.audit", "", check_books)
                    .slow()
                    .time_limit(std::chrono::seconds{30})
                    .summary("Check its own books"),
                read("orders.books", "", books)
                    .slow()
                    .time_limit(std::chrono::seconds{30})
                    .summary("Say what is in its books about orders"),
            },
        .consumers = {kit::from("users", {kit::on(&learn_user), kit::on(&forget_user)}),
                      kit::from("catalog", {kit::on(&stock_reserved), kit::on(&stock_refused),
                                            kit::on(&reservation_expired), kit::on(&stock_sold),
                                            kit::on(&stock_lost)}),
                      kit::from("payments", {kit::on(&captured), kit::on(&declined),
                                             kit::on(&refunded), kit::on(&refund_failed)})},
        .jobs = {kit::every(std::chrono::milliseconds{500}, "reject orders of unknown users",
                            &reject_unknown_users)},
    };
}

} // namespace postbus::orders
