#pragma once

#include "services/kit/connection.hpp"
#include "services/payments/service.hpp"
#include "services/payments/store.hpp"
#include "tests/unit/services/kit/temp_folder.hpp"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <optional>
#include <string>

namespace postbus::tests {

/// The payments' store on a fresh database. Its books must agree when the test ends.
struct payments_room {
    payments_room() {
        spdlog::set_level(spdlog::level::off);
        const auto service = payments::service();
        kit::migrate(db, service.name, service.migrations);
        shop.emplace(db.sql());
    }
    ~payments_room() { CHECK(shop->audit.run().broken.empty()); }
    payments_room(const payments_room&) = delete;
    payments_room& operator=(const payments_room&) = delete;

    /// What the processor was asked and refused (in brackets): "authorise (capture) void ".
    std::string ledger() {
        kit::query<std::string()> all{
            db.sql(), "SELECT CASE WHEN approved = 1 THEN operation "
                      "ELSE '(' || operation || ')' END FROM card_operations ORDER BY id"};
        std::string out;
        for (const auto& one : all.all()) out += one + ' ';
        return out;
    }

    temp_folder folder;
    kit::connection db{folder / "payments.db", kit::connection::mode::create};
    std::optional<payments::store> shop;
};

} // namespace postbus::tests
