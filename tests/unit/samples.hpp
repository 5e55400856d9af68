#pragma once

#include "bus/messages.hpp"
#include "bus/metric_report.hpp"
#include "schemas/audit_v1.hpp"
#include "schemas/catalog_v1.hpp"
#include "schemas/money.hpp"
#include "schemas/orders_v1.hpp"
#include "schemas/payments_v1.hpp"
#include "schemas/problem.hpp"
#include "schemas/users_v1.hpp"

#include <string_view>

namespace postbus::tests {

inline bus::service_description sample_description() {
    return {.name = "users",
            .version = 1,
            .database_id = "0123456789abcdef",
            .operations = {{.name = "users.get",
                            .method = "GET",
                            .path = "/users/{id}",
                            .summary = "One user",
                            .safe = true,
                            .slow = false,
                            .time_limit_ms = 5000,
                            .success = 200,
                            .request_schema = R"({"type":"object"})",
                            .reply_schema = R"({"type":"object"})",
                            .fields = {"if-none-match"},
                            .terminal_states = {"confirmed", "rejected"}}}};
}

/// One value of everything that travels as cereal, with no member left at its default: calls
/// `visit(name, value)` for each. The names are those of the files in tests/golden.
template <class Visitor>
void for_each_sample(Visitor&& visit) {
    using namespace schemas;
    const bus::call_id id{0x0190'1234'5678'7abcU, 0x8123'4567'89ab'cdefU};

    visit("users_v1.user", users_v1::user{.id = 3, .name = "Carol"});
    visit("users_v1.list_users", users_v1::list_users{.limit = 20, .after = 40});
    visit("users_v1.get_user", users_v1::get_user{.id = 7});
    visit("users_v1.create_user", users_v1::create_user{.name = "Zo\xC3\xAB"});
    visit("users_v1.update_user", users_v1::update_user{.id = 7, .name = "Dave"});
    visit("users_v1.delete_user", users_v1::delete_user{.id = -1});

    visit("orders_v1.order", orders_v1::order{.id = 1,
                                              .user = 2,
                                              .items = {{.product = "Book", .quantity = 1},
                                                        {.product = "Pen", .quantity = 12}},
                                              .product = "Book",
                                              .status = "rejected",
                                              .reason = "out of stock",
                                              .total = money{.amount = 1500, .currency = "EUR"}});
    visit("orders_v1.list_orders", orders_v1::list_orders{.limit = 1, .after = {}, .user = 9});
    visit("orders_v1.get_order", orders_v1::get_order{.id = 1});
    visit("orders_v1.create_order",
          orders_v1::create_order{
              .user = 1, .items = {{{.product = "Book", .quantity = 2}}}, .product = {}});

    visit("catalog_v1.product", catalog_v1::product{.id = "Book",
                                                    .name = "A good book",
                                                    .price = {.amount = 1500, .currency = "EUR"},
                                                    .available = 999'990,
                                                    .reserved = 7,
                                                    .sold = 3});
    visit("catalog_v1.list_products",
          catalog_v1::list_products{.limit = 5, .after = "Book", .name = "lamp"});
    visit("catalog_v1.get_product", catalog_v1::get_product{.id = "Book"});
    visit("catalog_v1.create_product",
          catalog_v1::create_product{.id = "Pen",
                                     .name = "A pen",
                                     .price = {.amount = 250, .currency = "USD"},
                                     .available = 40});
    visit("catalog_v1.update_product",
          catalog_v1::update_product{
              .id = "Pen", .name = "A red pen", .price = money{.amount = 1, .currency = "EUR"}});
    visit("catalog_v1.change_stock", catalog_v1::change_stock{.id = "Pen", .change = -2});

    visit("payments_v1.payment",
          payments_v1::payment{
              .id = 4, .order = 9, .amount = 1500, .currency = "EUR", .status = "captured"});
    visit("payments_v1.list_payments",
          payments_v1::list_payments{.limit = 10, .after = 3, .order = 9});
    visit("payments_v1.get_payment", payments_v1::get_payment{.id = 4});

    visit("audit_v1.audit", audit_v1::audit{.figures = {{.name = "sold", .value = 3}},
                                            .broken = {{.rule = "sold is what was fulfilled",
                                                        .subject = "Book",
                                                        .expected = 3,
                                                        .found = 4}},
                                            .broken_count = 1});

    visit("problem", problem{.type = "about:blank",
                             .title = "Unprocessable Content",
                             .status = 422,
                             .detail = "the request has 1 fault",
                             .errors = field_errors{{"name", "must not be empty"}},
                             .outcome = "not-executed"});

    visit("bus.call_meta",
          bus::call_meta{.operation = "users.get",
                         .path = {{"id", "3"}},
                         .query = {{"limit", "1"}, {"after", "2"}},
                         .fields = {{"if-none-match", "\"5\""}},
                         .trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                         .principal = "alice"});
    visit("bus.reply_meta", bus::reply_meta{.status = 201, .fields = {{"Location", "/users/3"}}});
    visit("bus.ready", bus::ready{.description = sample_description(),
                                  .instance = "a1b2c3d4",
                                  .pid = 4242,
                                  .credits = 256,
                                  .slow_credits = 16,
                                  .held = {{.id = id, .time_left_ms = 4990, .slow = true}},
                                  .broker_incarnation = 0x1122'3344'5566'7788U,
                                  .watermark = bus::call_id::first_at(1'700'000'000'000),
                                  .database_unix_ms = 1'700'000'060'000});
    visit("bus.broker_notice",
          bus::broker_notice{.incarnation = 99, .reason = "served from another database"});
    visit(
        "bus.registry_snapshot",
        bus::registry_snapshot{.incarnation = 0x1122'3344'5566'7788U,
                               .revision = 7,
                               .unix_ms = 1'700'000'000'123,
                               .settled = true,
                               .services = {{.description = sample_description(),
                                             .workers = 3,
                                             .watermark = bus::call_id::first_at(1'700'000'000'000),
                                             .database_ahead_ms = -12}},
                               .withdrawn = {"payments/1"}});
    const bus::metric_report report{
        .families = {
            {.name = "postbus_worker_handler_seconds",
             .series = {
                 {.labels = {"users.get"}, .value = 1234, .cells = {{.cell = 20, .count = 7}}}}}}};
    visit("bus.worker_metrics", bus::worker_metrics{.number = 12, .report = report});
    visit("bus.broker_metrics",
          bus::broker_metrics{.incarnation = 0x1122'3344'5566'7788U,
                              .report = report,
                              .workers = {{.service = "users/1",
                                           .instance = "a1b2c3d4",
                                           .metrics = std::string{"\x00\xff as they came", 15}}}});
}

} // namespace postbus::tests
