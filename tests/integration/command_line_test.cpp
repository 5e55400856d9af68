#include "tests/integration/shop.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

TEST_CASE("an operation is called by name, and its exit code says how it went") {
    shop s;
    s.start();
    const auto list = s.postbus({"call", "users.list", "{}"});
    CHECK(list.code == 0);
    CHECK_EQ(list.out, "[{\"id\":1,\"name\":\"Alice\"},{\"id\":2,\"name\":\"Bob\"}]\n");

    const auto get = s.postbus({"call", "users.get", R"({"id":2})"});
    CHECK(get.code == 0);
    CHECK_EQ(get.out, "{\"id\":2,\"name\":\"Bob\"}\n");

    const auto create = s.postbus({"call", "users.create", R"({"name":"Carol"})"});
    CHECK(create.code == 0);
    CHECK_EQ(create.out, "{\"id\":3,\"name\":\"Carol\"}\n");

    const auto update = s.postbus({"call", "users.update", "-"}, R"({"id":3,"name":"Caro"})");
    CHECK(update.code == 0);
    CHECK_EQ(s.get("/users/3").body, R"({"id":3,"name":"Caro"})");

    const auto removed = s.postbus({"call", "users.delete", R"({"id":3})"});
    CHECK(removed.code == 0);
    CHECK_EQ(s.get("/users/3").status, 404);
}

TEST_CASE("a refused call ends with 1, and its problem goes to stderr") {
    shop s;
    s.start();
    for (const auto& [operation, body] :
         {std::pair{"users.get", R"({"id":99})"}, std::pair{"users.create", R"({"name":""})"}}) {
        const auto refused = s.postbus({"call", operation, body});
        CHECK(refused.code == 1);
        CHECK_EQ(refused.out, "");
        CHECK_MESSAGE(!refused.err.empty(), operation);
    }
}

TEST_CASE("a call that cannot be made ends with 2 and says what would be right") {
    shop s;
    s.start();
    const auto unknown = s.postbus({"call", "users.lst", "{}"});
    CHECK(unknown.code == 2);
    CHECK_MESSAGE(unknown.err.find("users.list") != std::string::npos, unknown.err);
    CHECK(s.postbus({"call", "users.list", "{"}).code == 2);
    CHECK(s.postbus({"call"}).code == 2);
    CHECK(s.postbus({"cal"}).code == 2);
}

TEST_CASE("without a broker, call and status end with 3 soon and in one line") {
    shop s;
    for (const auto& words : {std::vector<std::string>{"status"},
                              std::vector<std::string>{"call", "users.list", "{}"}}) {
        const auto begun = clock::now();
        const auto answer = s.postbus(words);
        CHECK(answer.code == 3);
        CHECK_EQ(answer.out, "");
        CHECK_MESSAGE(answer.err.find(s.bus()) != std::string::npos, answer.err);
        CHECK_LT(clock::now() - begun, scaled(8000ms));
    }
}

TEST_CASE("status shows every service and worker, for people and for programs") {
    shop s;
    s.start();
    const auto table = s.postbus({"status"});
    CHECK(table.code == 0);
    for (const auto* word : {"users", "orders"})
        CHECK_MESSAGE(table.out.find(word) != std::string::npos, table.out);

    const auto text = s.postbus({"status", "--json"});
    CHECK(text.code == 0);
    const auto status = parse_json(text.out);
    REQUIRE_EQ(status.at("services").as_array().size(), 2);
    for (const auto& service : status.at("services").as_array()) {
        CHECK_FALSE(service.at("name").as_string().empty());
        CHECK_EQ(service.at("queued").as_int64(), 0);
        REQUIRE_EQ(service.at("workers").as_array().size(), 1);
        const auto& worker = service.at("workers").as_array()[0];
        const auto pid = s.worker(std::string_view{service.at("name").as_string()}).pid();
        CHECK_EQ(worker.at("pid").as_int64(), pid);
    }
}

} // namespace postbus::tests
