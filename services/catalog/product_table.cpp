#include "services/catalog/product_table.hpp"

#include "services/catalog/product_shape.hpp"

namespace postbus::catalog {

product_table::product_table(kit::sql& db)
    : list_{db, "SELECT id, name, amount, currency, available, reserved, sold FROM products "
                "WHERE id > :1 AND lower(name) LIKE lower(:2) ESCAPE '!' ORDER BY id LIMIT :3"},
      find_{db, "SELECT id, name, amount, currency, available, reserved, sold FROM products "
                "WHERE id = :1"},
      add_{db, "INSERT INTO products (id, name, amount, currency, available, reserved, sold) "
               "VALUES (:1, :2, :3, :4, :5, 0, 0) ON CONFLICT (id) DO NOTHING"},
      rename_{db, "UPDATE products SET name = :1 WHERE id = :2"},
      reprice_{db, "UPDATE products SET amount = :1, currency = :2 WHERE id = :3"},
      change_{db, "UPDATE products SET available = available + :1 WHERE id = :2 "
                  "AND available + :3 >= 0 AND available + reserved + sold + :4 <= :5"},
      record_change_{db, "INSERT INTO stock_changes (product_id, change) VALUES (:1, :2)"} {}

std::vector<product> product_table::list(const std::string& after, std::int64_t limit,
                                         const std::optional<std::string>& name) {
    std::vector<product> out;
    list_.each([&](product_row row) { out.push_back(shape(std::move(row))); }, after,
               contains_pattern(name.value_or("")), limit);
    return out;
}

std::optional<product> product_table::find(const std::string& id) {
    auto row = find_.one(id);
    if (!row) return std::nullopt;
    return shape(*std::move(row));
}

bool product_table::add(const std::string& id, const std::string& name, const money& price,
                        std::int64_t available) {
    if (add_.run(id, name, price.amount, price.currency, available) == 0) return false;
    if (available != 0) record_change_.run(id, available);
    return true;
}

bool product_table::rename(const std::string& id, const std::string& name) {
    return rename_.run(name, id) != 0;
}

bool product_table::reprice(const std::string& id, const money& price) {
    return reprice_.run(price.amount, price.currency, id) != 0;
}

bool product_table::change_stock(const std::string& id, std::int64_t change) {
    if (change_.run(change, id, change, change, schemas::catalog_v1::max_stock) == 0) return false;
    record_change_.run(id, change);
    return true;
}

} // namespace postbus::catalog
