#pragma once

#include "services/catalog/service.hpp"
#include "services/catalog/store.hpp"
#include "services/kit/connection.hpp"
#include "tests/unit/services/kit/temp_folder.hpp"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

namespace postbus::tests {

/// The catalog's store on a fresh database with the sample products.
struct catalog_room {
    catalog_room() {
        spdlog::set_level(spdlog::level::off);
        const auto service = catalog::service();
        kit::migrate(db, service.name, service.migrations);
        shop.emplace(db.sql());
    }
    ~catalog_room() { CHECK(shop->audit.run().broken.empty()); }
    catalog_room(const catalog_room&) = delete;
    catalog_room& operator=(const catalog_room&) = delete;

    catalog::reserve_outcome reserve(std::int64_t order, const std::string& product,
                                     std::int64_t quantity, std::int64_t expires_at = 1000) {
        return shop->reservations.reserve(order, product, quantity, expires_at);
    }
    catalog::product product(const std::string& id) {
        const auto found = shop->products.find(id);
        REQUIRE(found);
        return *found;
    }

    temp_folder folder;
    kit::connection db{folder / "catalog.db", kit::connection::mode::create};
    std::optional<catalog::store> shop;
};

/// "available/reserved/sold".
inline std::string stock(const catalog::product& of) {
    return std::to_string(of.available) + '/' + std::to_string(of.reserved) + '/' +
           std::to_string(of.sold);
}

} // namespace postbus::tests
