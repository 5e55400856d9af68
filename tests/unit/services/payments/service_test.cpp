#include "services/payments/service.hpp"

#include "services/payments/handlers.hpp"
#include "tests/unit/services/kit/service_room.hpp"
#include "tests/unit/services/payments/payments_room.hpp"

#include <doctest/doctest.h>

namespace postbus::payments {

TEST_CASE("a fresh shop has no payments") {
    tests::service_room shop{payments::service()};
    CHECK_EQ(shop.run("payments.list").body, "[]");
    CHECK_EQ(shop.run("payments.list", R"({"order":1})").body, "[]");
    CHECK_EQ(shop.run("payments.get", R"({"id":1})").status, 404);
}

TEST_CASE("no request makes a payment") {
    const auto service = payments::service();
    for (const auto& operation : service.operations.operations())
        CHECK((operation->facts.safe || operation->facts.path.empty()));
}

TEST_CASE("a page of payments links to the next") {
    tests::payments_room room;
    for (const auto order : {3, 4}) room.shop->payments.authorise(order, 1500, "EUR", 1);
    bus::call_meta meta;
    kit::answer reply;
    kit::context call{meta, "/payments", reply};
    const auto page = list(*room.shop, {.limit = 1, .after = {}, .order = {}}, call);
    REQUIRE(page.has_value());
    CHECK_EQ(page->size(), 1);
    CHECK_EQ(reply.fields,
             std::vector<bus::field>{{"link", R"(</payments?after=1&limit=1>; rel="next")"}});
    const auto shown = get(*room.shop, {.id = 2});
    REQUIRE(shown.has_value());
    CHECK_EQ(shown->order, 4);
}

} // namespace postbus::payments
