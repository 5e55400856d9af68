#pragma once

#include "schemas/catalog_v1.hpp"
#include "services/kit/query.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postbus::catalog {

using schemas::money;
using schemas::catalog_v1::product;

/// A product as its table has it: flat.
struct product_row {
    std::string id;
    std::string name;
    std::int64_t amount = 0;
    std::string currency;
    std::int64_t available = 0;
    std::int64_t reserved = 0;
    std::int64_t sold = 0;
};
BOOST_DESCRIBE_STRUCT(product_row, (), (id, name, amount, currency, available, reserved, sold))

/// The products, and the ledger of what was put in stock.
class product_table {
public:
    explicit product_table(kit::sql&);

    /// In the order of their ids, those above `after`; with `name` in their name, in any case of
    /// its ASCII letters.
    std::vector<product> list(const std::string& after, std::int64_t limit,
                              const std::optional<std::string>& name);
    std::optional<product> find(const std::string& id);
    /// false: there is one of that id.
    bool add(const std::string& id, const std::string& name, const money& price,
             std::int64_t available);
    bool rename(const std::string& id, const std::string& name); ///< false: no such product
    bool reprice(const std::string& id, const money& price);     ///< false: no such product
    /// One conditional statement, so that changes at the same time cannot take the same pieces.
    /// false: no such product, fewer are available, or there would be more than max_stock.
    bool change_stock(const std::string& id, std::int64_t change);

private:
    kit::query<product_row(std::string, std::string, std::int64_t)> list_;
    kit::query<product_row(std::string)> find_;
    kit::query<void(std::string, std::string, std::int64_t, std::string, std::int64_t)> add_;
    kit::query<void(std::string, std::string)> rename_;
    kit::query<void(std::int64_t, std::string, std::string)> reprice_;
    kit::query<void(std::int64_t, std::string, std::int64_t, std::int64_t, std::int64_t)> change_;
    kit::query<void(std::string, std::int64_t)> record_change_;
};

} // namespace postbus::catalog
