#include "services/payments/service.hpp"

#include "services/payments/handlers.hpp"
#include "services/payments/migrations/0001_payments.hpp"
#include "services/payments/saga.hpp"

namespace postbus::payments {

/// Payments are made by orders, not by requests: there is no POST.
kit::service service() {
    using kit::read, kit::write;
    return {
        .name = "payments",
        .version = 1,
        .migrations = {create_payments_tables},
        .store = kit::make_store<store>(),
        .operations =
            {
                read("payments.list", "GET /payments", list).summary("List payments"),
                read("payments.get", "GET /payments/{id}", get).summary("Show a payment"),
                write("payments.retry_refund", "", retry_refund)
                    .summary("Try again to refund an order's payment"),
                read("payments.audit", "", check_books)
                    .slow()
                    .time_limit(std::chrono::seconds{30})
                    .summary("Check its own books"),
                read("payments.books", "", books)
                    .slow()
                    .time_limit(std::chrono::seconds{30})
                    .summary("Say what is in its books about orders"),
            },
        .consumers = {kit::from("orders", {kit::on(&charge), kit::on(&give_back)})},
    };
}

} // namespace postbus::payments
