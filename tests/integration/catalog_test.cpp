#include "tests/integration/refused_request.hpp"
#include "tests/integration/shop.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <thread>

namespace postbus::tests {

namespace {

const std::string price = R"("price":{"amount":1,"currency":"EUR"})";
const std::string pen =
    R"({"id":"Pen","name":"A pen that writes","price":{"amount":250,"currency":"EUR"},)"
    R"("available":40,"reserved":0,"sold":0})";
const std::string long_id(65, 'x');
const std::string long_name(201, 'x');

const refused_request requests[] = {
    {"a product without an id", "POST", "/products", R"({"name":"a",)" + price + "}", 422, "id"},
    {"a product without a name", "POST", "/products", R"({"id":"a",)" + price + "}", 422, "name"},
    {"a product without a price", "POST", "/products", R"({"id":"a","name":"a"})", 422, "price"},
    {"an id with a space", "POST", "/products", R"({"id":"a b","name":"a",)" + price + "}", 422,
     "id"},
    {"an id that begins with a dot", "POST", "/products", R"({"id":".a","name":"a",)" + price + "}",
     422, "id"},
    {"an id too long", "POST", "/products",
     R"({"id":")" + long_id + R"(","name":"a",)" + price + "}", 422, "id"},
    {"a name too long", "POST", "/products",
     R"({"id":"a","name":")" + long_name + R"(",)" + price + "}", 422, "name"},
    {"a price with a fraction", "POST", "/products",
     R"({"id":"a","name":"a","price":{"amount":1.5,"currency":"EUR"}})", 422, "price.amount"},
    {"a negative price", "POST", "/products",
     R"({"id":"a","name":"a","price":{"amount":-1,"currency":"EUR"}})", 422, "price.amount"},
    {"a price of more than 64 bits", "POST", "/products",
     R"({"id":"a","name":"a","price":{"amount":9223372036854775808,"currency":"EUR"}})", 422,
     "price.amount"},
    {"a price beyond the largest amount", "POST", "/products",
     R"({"id":"a","name":"a","price":{"amount":1000000000000001,"currency":"EUR"}})", 422,
     "price.amount"},
    {"a currency in small letters", "POST", "/products",
     R"({"id":"a","name":"a","price":{"amount":1,"currency":"eur"}})", 422, "price.currency"},
    {"a price as a number", "POST", "/products", R"({"id":"a","name":"a","price":1})", 422,
     "price"},
    {"a first stock below 0", "POST", "/products",
     R"({"id":"a","name":"a","available":-1,)" + price + "}", 422, "available"},
    {"what was sold of it", "POST", "/products", R"({"id":"a","name":"a","sold":1,)" + price + "}",
     422, "sold"},
    {"an id that is there", "POST", "/products", R"({"id":"Pen","name":"a",)" + price + "}", 409,
     ""},
    {"a product that is not there", "GET", "/products/Sofa", "", 404, ""},
    {"an id in other letters", "GET", "/products/pen", "", 404, ""},
    {"an id that cannot be", "GET", "/products/a%20b", "", 404, ""},
    {"a path up", "GET", "/products/%2E%2E", "", 404, ""},
    {"a change of nothing", "PATCH", "/products/Pen", "{}", 422, "name"},
    {"a change of stock in passing", "PATCH", "/products/Pen", R"({"available":1})", 422,
     "available"},
    {"a change of nobody", "PATCH", "/products/Sofa", R"({"name":"a"})", 404, ""},
    {"an empty name", "PATCH", "/products/Pen", R"({"name":""})", 422, "name"},
    {"half a price", "PATCH", "/products/Pen", R"({"price":{"amount":1}})", 422, "price.currency"},
    {"no change", "POST", "/products/Pen/stock", "{}", 422, "change"},
    {"a change by 0", "POST", "/products/Pen/stock", R"({"change":0})", 422, "change"},
    {"a change by a text", "POST", "/products/Pen/stock", R"({"change":"5"})", 422, "change"},
    {"a change by more than there can be", "POST", "/products/Pen/stock",
     R"({"change":1000000000001})", 422, "change"},
    {"more out than there is", "POST", "/products/Pen/stock", R"({"change":-41})", 409, ""},
    {"more in than there can be", "POST", "/products/Pen/stock", R"({"change":1000000000000})", 409,
     ""},
    {"stock of nobody", "POST", "/products/Sofa/stock", R"({"change":1})", 404, ""},
    {"a limit of 0", "GET", "/products?limit=0", "", 422, "limit"},
    {"a limit over the most", "GET", "/products?limit=101", "", 422, "limit"},
    {"an after that is no id", "GET", "/products?after=a%20b", "", 422, "after"},
    {"a search for nothing", "GET", "/products?name=", "", 422, "name"},
    {"an endless search", "GET",
     "/products?name=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
     "", 422, "name"},
    {"an unknown parameter", "GET", "/products?colour=red", "", 422, "colour"},
};

/// Broker, gateway and a worker of the catalog.
void start_catalog(shop& s) {
    s.start_broker();
    s.start_worker("catalog");
    s.start_gateway();
    REQUIRE(s.wait_served({"/products"}));
}

std::vector<std::string> ids(const http_response& list) {
    std::vector<std::string> out;
    const auto products = parse_json(list.body);
    for (const auto& product : products.as_array())
        out.emplace_back(product.at("id").as_string().c_str());
    return out;
}

/// Where the Link field leads; empty: there is none.
std::string next_page(const http_response& list) {
    const auto link = list.field("link");
    if (link.empty()) return {};
    CHECK(link.find("rel=\"next\"") != std::string::npos);
    return link.substr(1, link.find('>') - 1);
}

} // namespace

TEST_CASE("a fresh catalog is answered word for word, and keeps its changes over a restart") {
    shop s;
    start_catalog(s);
    const auto list = s.get("/products");
    CHECK_EQ(list.status, 200);
    CHECK_EQ(list.body.substr(0, list.body.find(R"(,{"id":"Chair")")),
             R"([{"id":"Book","name":"A good book","price":{"amount":1500,"currency":"EUR"},)"
             R"("available":1000000,"reserved":0,"sold":0})");
    CHECK_EQ(s.get("/products/Pen").body, pen);

    const auto sofa = s.post("/products", R"({"id":"Sofa","name":"A sofa","price":)"
                                          R"({"amount":50000,"currency":"USD"},"available":2})");
    CHECK_EQ(sofa.status, 201);
    CHECK_EQ(sofa.field("location"), "/products/Sofa");
    CHECK_EQ(sofa.body, R"({"id":"Sofa","name":"A sofa","price":{"amount":50000,"currency":"USD"},)"
                        R"("available":2,"reserved":0,"sold":0})");
    const auto repriced =
        s.call("PATCH", "/products/Sofa", R"({"price":{"amount":45000,"currency":"USD"}})");
    CHECK_EQ(repriced.status, 200);
    CHECK_EQ(repriced.body,
             R"({"id":"Sofa","name":"A sofa","price":{"amount":45000,"currency":"USD"},)"
             R"("available":2,"reserved":0,"sold":0})");
    CHECK_EQ(s.call("PATCH", "/products/Sofa", R"({"name":"A soft sofa"})").status, 200);
    const auto stocked = s.post("/products/Sofa/stock", R"({"change":5})");
    CHECK_EQ(stocked.status, 200);
    CHECK_EQ(stocked.body,
             R"({"id":"Sofa","name":"A soft sofa","price":{"amount":45000,"currency":"USD"},)"
             R"("available":7,"reserved":0,"sold":0})");

    CHECK(s.stop_everything());
    start_catalog(s);
    CHECK_EQ(s.get("/products/Sofa").body, stocked.body);
    CHECK_EQ(s.get("/products/Pen").body, pen);
}

TEST_CASE("every bad request to the catalog is refused by name, and changes nothing") {
    shop s;
    start_catalog(s);
    const auto before = s.get("/products").body;
    for (const auto& bad : requests)
        check_problem(s.call(bad.method, bad.path, bad.body, bad.fields), bad);
    CHECK_EQ(s.get("/products").body, before);
}

TEST_CASE("a refused change of stock says what there is") {
    shop s;
    start_catalog(s);
    const auto refused = s.post("/products/Pen/stock", R"({"change":-41})");
    CHECK(parse_json(refused.body).at("detail").as_string() ==
          "only 40 of Pen are available: 41 cannot be taken out");
}

TEST_CASE("the catalog's paths name their methods") {
    shop s;
    start_catalog(s);
    const auto check_allowed = [&](const char* method, const char* path,
                                   const std::vector<std::string>& allowed) {
        const auto answer = s.call(method, path, "{}");
        CHECK_EQ(answer.status, 405);
        for (const auto& one : allowed)
            CHECK_MESSAGE(answer.field("allow").find(one) != std::string::npos,
                          answer.field("allow"));
    };
    check_allowed("PUT", "/products", {"GET", "POST"});
    check_allowed("DELETE", "/products/Pen", {"GET", "PATCH"});
    check_allowed("PATCH", "/products/Pen/stock", {"POST"});
}

TEST_CASE("products come in pages by id, also those that were searched for") {
    shop s;
    start_catalog(s);
    for (int i = 10; i < 35; ++i) {
        const auto n = std::to_string(i);
        REQUIRE_EQ(s.post("/products", R"({"id":"n)" + n + R"(","name":"No. )" + n +
                                           (i % 2 == 0 ? " 50% WOOL" : " linen") + R"(",)" + price +
                                           "}")
                       .status,
                   201);
    }
    CHECK_EQ(ids(s.get("/products")).size(), 20);
    std::vector<std::string> seen;
    int pages = 0;
    for (std::string path = "/products?limit=10"; !path.empty(); ++pages) {
        const auto page = s.get(path);
        REQUIRE_EQ(page.status, 200);
        for (auto& id : ids(page)) seen.push_back(std::move(id));
        path = next_page(page);
    }
    CHECK_EQ(pages, 3);
    CHECK_EQ(seen.size(), 29);
    CHECK(std::is_sorted(seen.begin(), seen.end()));

    auto wool = s.get("/products?limit=12&name=50%25%20wool");
    CHECK_EQ(ids(wool).size(), 12);
    CHECK_EQ(next_page(wool), "/products?after=n32&limit=12&name=50%25%20wool");
    wool = s.get(next_page(wool));
    CHECK_EQ(ids(wool), std::vector<std::string>{"n34"});
    CHECK_EQ(next_page(wool), "");
    CHECK_EQ(s.get("/products?name=_0").body, "[]");
    CHECK_EQ(ids(s.get("/products?name=LAMP")), std::vector<std::string>{"Lamp"});
}

TEST_CASE("many clients take from one stock, over several workers: it never goes below zero") {
    shop s{either_engine()};
    start_catalog(s);
    s.start_worker("catalog");
    REQUIRE(eventually(5000ms, [&] { return s.workers("catalog").size() == 2; }));
    REQUIRE_EQ(s.post("/products/Pen/stock", R"({"change":160})").status, 200);
    constexpr int clients = 4;
    std::vector<std::map<int, int>> answers(clients);
    std::vector<std::thread> threads;
    for (auto& mine : answers)
        threads.emplace_back([&s, &mine] {
            http_connection connection{s.http_port()};
            for (int i = 0; i < 30; ++i) {
                connection.send_request("POST", "/products/Pen/stock", R"({"change":-3})");
                const auto answer = connection.receive();
                ++mine[answer ? answer->status : 0];
            }
        });
    for (auto& it : threads) it.join();
    std::map<int, int> all;
    for (const auto& mine : answers)
        for (const auto& [status, count] : mine) all[status] += count;
    CHECK_EQ(all[200], 66); // 200 pieces, three at a time
    CHECK_EQ(all[409], clients * 30 - 66);
    CHECK_EQ(parse_json(s.get("/products/Pen").body).at("available").as_int64(), 2);
}

} // namespace postbus::tests
