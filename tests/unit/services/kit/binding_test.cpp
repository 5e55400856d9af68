#include "services/kit/binding.hpp"

#include "schemas/journal_v1.hpp"
#include "schemas/users_v1.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

namespace {

using schemas::journal_v1::publish;
using schemas::users_v1::create_user;
using schemas::users_v1::list_users;
using schemas::users_v1::update_user;

struct nothing_asked {};
BOOST_DESCRIBE_STRUCT(nothing_asked, (), ())

template <class Request>
kit::answer refusal_of(const bus::call_meta& meta, std::string_view body) {
    Request request{};
    const auto refused = kit::bind(meta, body, request);
    REQUIRE(refused);
    return *refused;
}

bool says(const kit::answer& refusal, std::string_view text) {
    return refusal.body.find(text) != std::string::npos;
}

bus::call_meta at_user(std::string id) {
    return {.operation = "users.update", .path = {{"id", std::move(id)}}};
}

} // namespace

TEST_CASE("a request is bound from path, query and body by name") {
    update_user update;
    CHECK_FALSE(kit::bind(at_user("7"), R"({"name":"Bo"})", update));
    CHECK_EQ(update.id, 7);
    CHECK_EQ(update.name, "Bo");
    list_users list;
    CHECK_FALSE(kit::bind({.query = {{"limit", "5"}}}, "", list));
    CHECK_EQ(list.limit, 5);
    CHECK_FALSE(list.after);
}

TEST_CASE("without a path, as from the command line, the body binds the parameters too") {
    update_user update;
    CHECK_FALSE(kit::bind({}, R"({"id":7,"name":"Bo"})", update));
    CHECK_EQ(update.id, 7);
}

TEST_CASE("an id in a path that cannot exist is 404") {
    for (const auto* id : {"abc", "0", "-1", "1.5", "99999999999999999999", ""})
        CHECK_EQ(refusal_of<update_user>(at_user(id), R"({"name":"Bo"})").status, 404);
}

TEST_CASE("a path parameter that comes again in the body is the body's fault") {
    const auto refusal = refusal_of<update_user>(at_user("7"), R"({"id":8,"name":"Bo"})");
    CHECK_EQ(refusal.status, 422);
    CHECK(says(refusal, R"({"field":"id","message":"is given twice"})"));
}

TEST_CASE("a body that is not JSON is 400 and says where") {
    const auto refusal = refusal_of<create_user>({}, R"({"name":)");
    CHECK_EQ(refusal.status, 400);
    CHECK(says(refusal, "at byte"));
}

TEST_CASE("a wrong, missing or unknown field is 422 and is named") {
    for (const auto& [body, field] : std::initializer_list<std::pair<const char*, const char*>>{
             {R"({"name":3})", "name"},
             {R"({"name":""})", "name"},
             {R"({})", "name"},
             {"", "name"},
             {R"({"name":"a","x":1})", "x"}}) {
        const auto refusal = refusal_of<create_user>({}, body);
        CHECK_EQ(refusal.status, 422);
        CHECK_MESSAGE(says(refusal, R"("field":")" + std::string{field} + '"'), refusal.body);
    }
    CHECK_EQ(refusal_of<create_user>({}, "[]").status, 422);
    CHECK_EQ(refusal_of<list_users>({.query = {{"limit", "101"}}}, "").status, 422);
    CHECK_EQ(refusal_of<list_users>({.query = {{"page", "1"}}}, "").status, 422);
}

TEST_CASE("a request without fields takes an empty body and no other field") {
    nothing_asked nothing;
    CHECK_FALSE(kit::bind({}, "", nothing));
    CHECK_FALSE(kit::bind({}, "{}", nothing));
    CHECK_EQ(refusal_of<nothing_asked>({}, R"({"a":1})").status, 422);
}

TEST_CASE("a raw member takes the whole body byte for byte, once that is known to be JSON") {
    const bus::call_meta meta{.path = {{"topic", "a.b"}}, .query = {{"key", "k"}}};
    publish wanted;
    for (const auto* body : {" [1.50, {\"key\":1}]\n", "null", "\"x\"", "{\"topic\":1}"}) {
        CHECK_FALSE(kit::bind(meta, body, wanted));
        CHECK_EQ(wanted.data.text, body);
        CHECK(wanted.key == "k");
    }
    CHECK_EQ(refusal_of<publish>(meta, "{").status, 400);
    for (const auto& refusal :
         {refusal_of<publish>(meta, ""),
          refusal_of<publish>({.path = meta.path, .query = {{"data", "1"}}}, "1")}) {
        CHECK_EQ(refusal.status, 422);
        CHECK_MESSAGE(says(refusal, R"("field":"data")"), refusal.body);
    }
}

} // namespace postbus::tests
