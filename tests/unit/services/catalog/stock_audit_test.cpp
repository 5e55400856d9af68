#include "services/catalog/stock_audit.hpp"

#include "tests/unit/services/catalog/catalog_room.hpp"

#include <doctest/doctest.h>

namespace postbus::catalog {

namespace {

std::vector<schemas::audit_v1::broken_rule> broken(const stock_figures& figures) {
    audit out;
    judge(figures, out);
    CHECK_EQ(out.broken_count, std::ssize(out.broken));
    return out.broken;
}

} // namespace

TEST_CASE("books that agree break no rule") {
    CHECK(broken({"Pen", 30, 6, 4, 40, 6, 4}).empty());
}

TEST_CASE("a piece that is lost, made or not accounted for is named with its figures") {
    using rules = std::vector<schemas::audit_v1::broken_rule>;
    CHECK(broken({"Pen", 29, 6, 4, 40, 6, 4}) ==
          rules{{"available + reserved + sold is what was put in", "Pen", 40, 39}});
    CHECK(broken({"Pen", 30, 6, 4, 40, 5, 4}) ==
          rules{{"reserved is what reservations hold", "Pen", 5, 6}});
    CHECK(broken({"Pen", 30, 6, 4, 40, 6, 3}) ==
          rules{{"sold is what reservations were fulfilled with", "Pen", 3, 4}});
}

TEST_CASE("an audit adds up the whole catalog") {
    tests::catalog_room room;
    room.reserve(1, "Pen", 2);
    room.reserve(2, "Lamp", 3);
    room.shop->reservations.fulfil(2);
    std::string figures;
    for (const auto& one : room.shop->audit.run().figures)
        figures += one.name + ' ' + std::to_string(one.value) + ", ";
    CHECK_EQ(figures, "products 4, put_in 1000057, available 1000052, reserved 2, sold 3, ");
}

TEST_CASE("a piece that somebody else took is found by the audit") {
    tests::catalog_room room;
    kit::query<void(std::int64_t)> meddle{
        room.db.sql(), "UPDATE products SET available = available - :1 WHERE id = 'Pen'"};
    meddle.run(1);
    const auto found = room.shop->audit.run();
    REQUIRE_EQ(found.broken.size(), 1);
    CHECK_EQ(found.broken[0].subject, "Pen");
    CHECK_EQ(found.broken[0].expected, 40);
    CHECK_EQ(found.broken[0].found, 39);
    meddle.run(-1);
}

TEST_CASE("an audit lists the first hundred broken rules and counts the rest") {
    audit out;
    for (int i = 0; i < 150; ++i) expect(out, "a rule", std::to_string(i), 0, 1);
    CHECK_EQ(out.broken.size(), 100);
    CHECK_EQ(out.broken_count, 150);
}

} // namespace postbus::catalog
