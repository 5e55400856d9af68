// Logs that are not what their readers knew: dropped events, and databases that were replaced.

#include "tests/integration/shop.hpp"
#include "tests/integration/sqlite.hpp"

#include <doctest/doctest.h>

#include <optional>

namespace postbus::tests {

namespace {

/// What `postbus events sources orders` says about the users.
boost::json::object source_of_orders(shop& s) {
    const auto said = s.postbus({"events", "sources", "orders", "--json"});
    if (said.code != 0) return {};
    const auto all = parse_json(said.out);
    for (const auto& one : all.at("sources").as_array())
        if (one.at("source").as_string() == "users") return one.as_object();
    return {};
}

bool orders_read_users_up_to(shop& s, std::int64_t seq) {
    return eventually(10'000ms, [&] {
        const auto source = source_of_orders(s);
        return !source.empty() && source.at("seq").as_int64() == seq &&
               source.at("state").as_string() == "reading";
    });
}

bool source_changes(shop& s, const std::string& reason) {
    return eventually(10'000ms, [&] {
        const auto source = source_of_orders(s);
        return !source.empty() && source.at("state").as_string() == "source-changed" &&
               source.at("found").at("reason").as_string() == reason;
    });
}

std::string order_becomes_reserved(shop& s, int user) {
    const auto placed =
        s.post("/orders", R"({"user":)" + std::to_string(user) + R"(,"product":"Book"})");
    REQUIRE_EQ(placed.status, 201);
    std::string status;
    eventually(10'000ms, [&] {
        const auto order =
            s.get("/orders/" + std::to_string(parse_json(placed.body).at("id").as_int64()));
        status = parse_json(order.body).at("status").as_string();
        return status != "pending";
    });
    return status;
}

void add_users(shop& s, int count) {
    for (int i = 0; i < count; ++i) REQUIRE_EQ(s.post("/users", R"({"name":"Eve"})").status, 201);
}

void start_all(shop& s) {
    s.start_broker();
    for (const auto* service : {"users", "catalog", "orders"}) s.start_worker(service);
    s.start_gateway();
    REQUIRE(s.wait_served({"/users", "/products", "/orders"}));
}

void remove_database(const shop& s, const std::string& service) {
    for (const auto* end : {".db", ".db-wal", ".db-shm"})
        std::filesystem::remove(s.data() / (service + end));
}

/// As if all that happened so far was that long ago.
void age_log(const shop& s, int days) {
    const auto ms = std::to_string(std::int64_t{days} * 24 * 3600 * 1000);
    execute(s.data() / "users.db", "UPDATE postbus_events SET at_ms = at_ms - " + ms +
                                       "; UPDATE postbus_readers SET asked_at_ms = asked_at_ms - " +
                                       ms);
}

} // namespace

TEST_CASE("a source with another database is read by nobody until an operator accepts it") {
    shop s;
    start_all(s);
    add_users(s, 3);
    REQUIRE(orders_read_users_up_to(s, 5)); // with two samples
    const auto refused = s.postbus({"events", "accept", "orders", "users", "--from-start"});
    CHECK_EQ(refused.code, 1);
    CHECK_MESSAGE(refused.err.find("nothing to accept") != std::string::npos, refused.err);
    CHECK_EQ(s.postbus({"events", "accept", "orders", "usres", "--from-start"}).code, 1);
    CHECK_EQ(s.postbus({"events", "accept", "orders", "users"}).code, 2);

    REQUIRE(s.stop_everything());
    remove_database(s, "users");
    start_all(s);
    add_users(s, 8); // past the cursor: it is no question of numbers
    REQUIRE(source_changes(s, "replaced"));
    CHECK_EQ(source_of_orders(s).at("seq").as_int64(), 5);
    const auto shown = s.postbus({"events", "sources", "orders"});
    CHECK_MESSAGE(shown.out.find("orders reads users: SOURCE-CHANGED") != std::string::npos,
                  shown.out);
    CHECK(shown.out.find("orders reads catalog: up to event") != std::string::npos);
    // The other sources go on, and nothing of this one is known.
    CHECK_EQ(order_becomes_reserved(s, 5), "stock_reserved");
    CHECK_EQ(order_becomes_reserved(s, 9), "rejected");
    CHECK_EQ(source_of_orders(s).at("seq").as_int64(), 5);

    const auto accepted = s.postbus({"events", "accept", "orders", "users", "--from-start"});
    CHECK_MESSAGE(accepted.code == 0, accepted.err);
    CHECK_MESSAGE(accepted.out.find("orders reads users: up to event 0") != std::string::npos,
                  accepted.out);
    CHECK(orders_read_users_up_to(s, 10));
    CHECK_EQ(order_becomes_reserved(s, 9), "stock_reserved");
}

TEST_CASE(
    "what nobody has asked for in a week is dropped; readers begin with what is kept, and one "
    "that had read less is told") {
    shop s;
    start_all(s);
    REQUIRE(orders_read_users_up_to(s, 2));
    CHECK_EQ(s.worker("orders").stop(), 0);
    add_users(s, 3);
    REQUIRE_EQ(s.worker("users").stop(), 0);
    age_log(s, 6); // not long enough
    s.start_worker("users");
    s.start_worker("orders");
    REQUIRE(orders_read_users_up_to(s, 5));

    CHECK_EQ(s.worker("orders").stop(), 0);
    REQUIRE(s.wait_served({"/users"}));
    add_users(s, 2);
    REQUIRE_EQ(s.worker("users").stop(), 0);
    age_log(s, 8);
    s.start_worker("users");
    REQUIRE(s.wait_served({"/users"}));
    add_users(s, 1);
    const auto listed = [&] { return s.postbus({"events", "list", "users"}).out; };
    REQUIRE(eventually(10'000ms, [&] { return listed().starts_with("8  "); }));
    auto& all =
        s.start_program("postbus", {"subscribe", "users.", "--from-start", "--bus", s.bus()});
    REQUIRE(eventually(10'000ms, [&] { return all.out().find("-8\"") != std::string::npos; }));
    CHECK_EQ(all.out().find("\"id\""), all.out().rfind("\"id\""));

    s.start_worker("orders");
    REQUIRE(source_changes(s, "events-missing"));
    const auto shown = s.postbus({"events", "sources", "orders"}).out;
    CHECK_MESSAGE(shown.find("does not keep the events before 8") != std::string::npos, shown);
    CHECK_EQ(s.postbus({"events", "accept", "orders", "users", "--from-start"}).code, 0);
    CHECK(orders_read_users_up_to(s, 8));

    // One that has read nothing yet misses nothing.
    CHECK_EQ(s.worker("orders").stop(), 0);
    remove_database(s, "orders");
    s.start_worker("orders");
    CHECK(orders_read_users_up_to(s, 8));
}

} // namespace postbus::tests
