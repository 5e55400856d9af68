// Users and orders through their handler tables, as the worker runs them.

#include "services/kit/batch.hpp"
#include "services/kit/migrations.hpp"
#include "services/orders/service.hpp"
#include "services/users/service.hpp"
#include "tests/unit/services/batch_room.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

namespace {

class shop {
public:
    explicit shop(kit::service s) : service_{std::move(s)} {
        spdlog::set_level(spdlog::level::off);
        kit::migrate(db_, service_.name, service_.migrations);
        store_ = service_.store.make(db_.sql());
        work_.emplace(db_, *store_, batch_room::keep, 1);
        service_.operations.check(service_.store.type);
    }

    kit::answer run(const std::string& operation, std::string_view body = {}) {
        const auto c = make_call(service_, operation, body, ids_.next(test_time));
        std::vector<kit::call*> calls{c.get()};
        work_->run(calls, test_time);
        REQUIRE(c->answered);
        return c->reply;
    }

private:
    temp_folder folder_;
    kit::service service_;
    kit::connection db_{folder_ / "shop.db", kit::connection::mode::create};
    std::unique_ptr<kit::any_store> store_;
    std::optional<kit::batch> work_;
    bus::call_id_source ids_;
};

} // namespace

TEST_CASE("a fresh shop has Alice and Bob") {
    shop users{users::service()};
    const auto reply = users.run("users.list");
    CHECK_EQ(reply.status, 200);
    CHECK_EQ(reply.body, R"([{"id":1,"name":"Alice"},{"id":2,"name":"Bob"}])");
    CHECK(reply.fields.empty());
}

TEST_CASE("a user can be added, shown, renamed and removed, and its id is not given again") {
    shop users{users::service()};
    const auto added = users.run("users.create", R"({"name":"Carol"})");
    CHECK_EQ(added.status, 201);
    CHECK_EQ(added.body, R"({"id":3,"name":"Carol"})");
    CHECK_EQ(added.fields, std::vector<bus::field>{{"location", "/users/3"}});
    CHECK_EQ(users.run("users.get", R"({"id":3})").body, R"({"id":3,"name":"Carol"})");
    const auto renamed = users.run("users.update", R"({"id":3,"name":"Caro"})");
    CHECK_EQ(renamed.body, R"({"id":3,"name":"Caro"})");
    const auto removed = users.run("users.delete", R"({"id":3})");
    CHECK_EQ(removed.status, 204);
    CHECK_EQ(removed.body, "");
    CHECK_EQ(users.run("users.delete", R"({"id":3})").status, 404);
    CHECK_EQ(users.run("users.update", R"({"id":3,"name":"x"})").status, 404);
    CHECK_EQ(users.run("users.get", R"({"id":3})").status, 404);
    CHECK_EQ(users.run("users.create", R"({"name":"Dora"})").body, R"({"id":4,"name":"Dora"})");
}

TEST_CASE("a fresh shop has one order, of a book") {
    shop orders{orders::service()};
    CHECK_EQ(orders.run("orders.list").body,
             R"([{"id":1,"user":1,"items":[{"product":"Book","quantity":1}],)"
             R"("product":"Book","status":"pending"}])");
}

TEST_CASE("an order takes either form, and shows the short one when it fits") {
    shop orders{orders::service()};
    const auto book = orders.run("orders.create", R"({"user":1,"product":"Book"})");
    CHECK_EQ(book.status, 201);
    CHECK_EQ(book.body, R"({"id":2,"user":1,"items":[{"product":"Book","quantity":1}],)"
                        R"("product":"Book","status":"pending"})");
    CHECK_EQ(book.fields, std::vector<bus::field>{{"location", "/orders/2"}});
    const auto two = orders.run(
        "orders.create",
        R"({"user":2,"items":[{"product":"Pen","quantity":2},{"product":"Ink","quantity":1}]})");
    CHECK_EQ(two.body, R"({"id":3,"user":2,"items":[{"product":"Pen","quantity":2},)"
                       R"({"product":"Ink","quantity":1}],"status":"pending"})");
    CHECK_EQ(orders.run("orders.get", R"({"id":3})").body, two.body);
    CHECK_EQ(orders.run("orders.list", R"({"user":2})").body, '[' + two.body + ']');
    const auto page = orders.run("orders.list", R"({"after":1,"limit":1})");
    CHECK_EQ(page.body, '[' + book.body + ']');
    CHECK_EQ(page.fields,
             std::vector<bus::field>{{"link", R"(</orders?after=2&limit=1>; rel="next")"}});
    CHECK_EQ(orders.run("orders.get", R"({"id":99})").status, 404);
}

} // namespace postbus::tests
