#include "services/kit/reader.hpp"

#include "services/kit/slow_pool.hpp"
#include "tests/unit/services/kit/batch_room.hpp"

#include <doctest/doctest.h>

#include <poll.h>

namespace postbus::tests {

namespace {

using namespace std::chrono_literals;

std::chrono::steady_clock::time_point in(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

std::unique_ptr<kit::call> finished(kit::slow_pool& pool, const kit::wake& wake) {
    for (int i = 0; i < 100; ++i) {
        pollfd item{wake.fd(), POLLIN, 0};
        poll(&item, 1, 100);
        wake.clear();
        if (auto done = pool.take_finished(); !done.empty()) return std::move(done.front());
    }
    return nullptr;
}

} // namespace

TEST_CASE("reads of one batch see one state of the database") {
    batch_room room;
    kit::reader reader{room.home.url(), room.service.store};
    auto& before = room.call("probe.list", "");
    reader.run(before, in(1s));
    CHECK(before.answered);
    CHECK_EQ(before.reply.body, "[]");
    room.run({&room.call("probe.add")});
    auto& same = room.call("probe.list", "");
    reader.run(same, in(1s));
    CHECK_EQ(same.reply.body, "[]");
    reader.end();
    auto& after = room.call("probe.list", "");
    reader.run(after, in(1s));
    CHECK_EQ(after.reply.body, R"([{"id":1,"text":"a"}])");
}

TEST_CASE("a handler that was declared safe and writes is a bug, and writes nothing") {
    batch_room room;
    kit::reader reader{room.home.url(), room.service.store};
    auto& sneaky = room.call("probe.write-in-read", "");
    reader.run(sneaky, in(1s));
    reader.end();
    CHECK_EQ(sneaky.reply.status, 500);
    CHECK_EQ(room.count(), 0);
}

TEST_CASE("a read that takes too long is interrupted, and the next one works") {
    batch_room room;
    kit::reader reader{room.home.url(), room.service.store};
    auto& spin = room.call("probe.spin-read", "");
    reader.run(spin, in(20ms));
    CHECK_EQ(spin.reply.status, 503);
    CHECK_EQ(spin.reply.outcome, bus::outcome::not_executed);
    auto& next = room.call("probe.list", "");
    reader.run(next, in(1s));
    CHECK_EQ(next.reply.status, 200);
}

TEST_CASE("a page that is not the last one links to the next") {
    batch_room room;
    for (int i = 0; i < 3; ++i) room.run({&room.call("probe.add")});
    kit::reader reader{room.home.url(), room.service.store};
    auto& page = room.call("probe.list", R"({"limit":2})");
    reader.run(page, in(1s));
    CHECK_EQ(page.reply.body, R"([{"id":1,"text":"a"},{"id":2,"text":"a"}])");
    REQUIRE_EQ(page.reply.fields.size(), 1);
    CHECK_EQ(page.reply.fields[0], bus::field{"link", R"(</notes?after=2&limit=2>; rel="next")"});
    auto& whole = room.call("probe.list", R"({"limit":3})");
    reader.run(whole, in(1s));
    CHECK(whole.reply.fields.empty());
}

TEST_CASE("slow reads are answered by the pool, and its work before a write changes the request") {
    batch_room room;
    const kit::wake wake;
    kit::slow_pool pool{2, room.home.url(), room.service.store, wake};
    pool.start(make_call(room.service, "probe.long-read", R"({"ms":1})", {}));
    CHECK_EQ(pool.size(), 1);
    const auto read = finished(pool, wake);
    REQUIRE(read);
    CHECK(read->answered);
    CHECK_EQ(read->reply.status, 204);
    CHECK_EQ(pool.size(), 0);

    pool.start(
        make_call(room.service, "probe.shout", R"({"text":"hey"})", room.ids.next(test_time)));
    const auto write = finished(pool, wake);
    REQUIRE(write);
    CHECK_FALSE(write->answered);
    room.run({write.get()});
    CHECK_EQ(write->reply.body, R"({"id":1,"text":"hey!"})");

    pool.start(make_call(room.service, "probe.shout", R"({"text":""})", room.ids.next(test_time)));
    const auto refused = finished(pool, wake);
    REQUIRE(refused);
    CHECK(refused->answered);
    CHECK_EQ(refused->reply.status, 422);

    auto late = make_call(room.service, "probe.long-read", R"({"ms":1})", {});
    late->delivery.deadline = in(-1ms);
    pool.start(std::move(late));
    const auto expired = finished(pool, wake);
    REQUIRE(expired);
    CHECK_EQ(expired->reply.error, bus::errc::expired);
}

} // namespace postbus::tests
