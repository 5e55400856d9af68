#include "gateway/meta_views.hpp"

#include "bus/messages.hpp"
#include "schemas/codec.hpp"

#include <doctest/doctest.h>

namespace postbus::gateway {

TEST_CASE("the view of a call's meta is the same bytes as the meta itself") {
    const bus::call_meta meta{"users.get",         {{"id", "1"}}, {{"a", "b"}, {"c", ""}},
                              {{"if-match", "x"}}, "00-trace",    "alice"};
    const call_meta_view view{"users.get",         {{"id", "1"}}, {{"a", "b"}, {"c", ""}},
                              {{"if-match", "x"}}, "00-trace",    "alice"};
    CHECK_EQ(schemas::encode(view), schemas::encode(meta));
}

TEST_CASE("a reply's meta is viewed in place, and nothing else is taken for one") {
    const auto bytes = schemas::encode(bus::reply_meta{201, {{"location", "/users/3"}}});
    reply_meta_view view;
    view.fields = {{"left", "over"}};
    REQUIRE(view.decode(bytes));
    CHECK_EQ(view.status, 201);
    REQUIRE_EQ(view.fields.size(), 1);
    CHECK_EQ(view.fields[0].name, "location");
    CHECK_EQ(view.fields[0].value, "/users/3");
    for (std::size_t size = 0; size < bytes.size(); ++size)
        CHECK_FALSE(view.decode(std::string_view{bytes}.substr(0, size)));
    CHECK_FALSE(view.decode(bytes + '\0'));
}

} // namespace postbus::gateway
