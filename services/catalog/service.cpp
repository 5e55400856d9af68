#include "services/catalog/service.hpp"

#include "services/catalog/handlers.hpp"
#include "services/catalog/migrations/0001_catalog.hpp"
#include "services/catalog/product_shape.hpp"
#include "services/catalog/saga.hpp"

namespace postbus::catalog {

kit::service service() {
    using kit::read, kit::write;
    return {
        .name = "catalog",
        .version = 1,
        .migrations = {create_catalog_tables},
        .store = kit::make_store<store>(),
        .operations =
            {
                read("catalog.list", "GET /products", list).summary("List or search products"),
                read("catalog.get", "GET /products/{id}", get).summary("Show a product"),
                write("catalog.create", "POST /products", create)
                    .created_at("/products/{id}")
                    .summary("Add a product"),
                write("catalog.update", "PATCH /products/{id}", update)
                    .summary("Change a product's name or price"),
                write("catalog.change_stock", "POST /products/{id}/stock", change_stock)
                    .summary("Put pieces into stock, or take some out"),
                read("catalog.audit", "", check_books)
                    .slow()
                    .time_limit(std::chrono::seconds{30})
                    .summary("Check its own books"),
                read("catalog.books", "", books)
                    .slow()
                    .time_limit(std::chrono::seconds{30})
                    .summary("Say what is in its books about orders"),
            },
        .consumers = {kit::from("orders",
                                {kit::on(&reserve), kit::on(&sell), kit::on(&release_rejected),
                                 kit::on(&release_cancelled)})},
        .jobs = {kit::every(std::chrono::seconds{1}, "expire reservations", &expire_reservations)},
    };
}

} // namespace postbus::catalog
