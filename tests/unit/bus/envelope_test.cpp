#include "bus/envelope.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace postbus::bus {

namespace {

record make_record(bus::kind kind, std::string_view meta, std::string_view body) {
    return {.head = {.kind = kind,
                     .flags = flag::write | flag::alone,
                     .error = errc::storage,
                     .outcome = outcome::unknown,
                     .time_left_ms = 1234,
                     .slot = 0xFFFF'0000'1234'5678U,
                     .id = {3, 4},
                     .service = "orders/1"},
            .meta = meta,
            .body = body,
            .detached = {}};
}

void check_same(const record& got, const record& sent) {
    CHECK(got.head.kind == sent.head.kind);
    CHECK_EQ(got.head.flags & ~flag::detached, sent.head.flags & ~flag::detached);
    CHECK(got.head.error == sent.head.error);
    CHECK(got.head.outcome == sent.head.outcome);
    CHECK_EQ(got.head.time_left_ms, sent.head.time_left_ms);
    CHECK_EQ(got.head.slot, sent.head.slot);
    CHECK(got.head.id == sent.head.id);
    CHECK_EQ(got.head.service, sent.head.service);
    CHECK_EQ(got.meta, sent.meta);
    CHECK_EQ(got.body, sent.body);
}

std::size_t count_records(std::string_view bytes, bool& malformed,
                          std::vector<shared_body> bodies = {}) {
    record_reader reader{bytes, std::move(bodies)};
    record r;
    std::size_t count = 0;
    while (reader.next(r)) ++count;
    CHECK_FALSE(reader.next(r)); // and goes on saying so
    malformed = reader.malformed();
    return count;
}

std::string one(const record& r) {
    outbox out;
    out.append(r);
    return out.front().records;
}

/// What had to wait comes in messages that everybody takes.
void check_messages(outbox& out, std::size_t records) {
    std::size_t count = 0;
    std::size_t bytes = 0;
    const auto all = out.size();
    for (; !out.empty(); out.pop()) {
        const auto& next = out.front();
        bool malformed = false;
        const auto here = count_records(next.records, malformed, next.bodies);
        CHECK_FALSE(malformed);
        CHECK((next.size <= full_batch || here == 1));
        count += here;
        bytes += next.size;
    }
    CHECK_EQ(count, records);
    CHECK_EQ(bytes, all);
}

bool refused(std::string_view bytes) {
    bool malformed = false;
    return count_records(bytes, malformed) == 0 && malformed;
}

void set_u32(std::string& bytes, std::size_t at, std::uint32_t value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
}

// Where the contract puts the head's fields.
constexpr std::size_t version_at = 0, kind_at = 1, flags_at = 2, error_at = 3, meta_size_at = 4,
                      body_size_at = 8;

} // namespace

TEST_CASE("records come back as they were sent, in order") {
    const record sent[] = {make_record(kind::request, "meta", "body"),
                           make_record(kind::reply, "", ""), make_record(kind::heartbeat, "m", ""),
                           make_record(kind::cancel, "", "b")};
    outbox out;
    CHECK(out.empty());
    for (const auto& r : sent) out.append(r);
    CHECK_FALSE(out.empty());
    CHECK_EQ(out.size(), out.front().records.size());

    record_reader reader{out.front().records, out.front().bodies};
    record got;
    for (const auto& r : sent) {
        REQUIRE(reader.next(got));
        check_same(got, r);
    }
    CHECK_FALSE(reader.next(got));
    CHECK_FALSE(reader.malformed());

    out.clear();
    CHECK(out.empty());
    CHECK_EQ(out.size(), 0);
}

TEST_CASE("every kind, refusal and outcome travels") {
    for (auto kind = 1; kind <= static_cast<int>(kind::registry); ++kind)
        for (auto error = 0; error <= static_cast<int>(last_errc); ++error)
            for (auto known = 0; known <= static_cast<int>(outcome::unknown); ++known) {
                auto sent = make_record(static_cast<bus::kind>(kind), "m", "b");
                sent.head.error = static_cast<errc>(error);
                sent.head.outcome = static_cast<outcome>(known);
                const auto bytes = one(sent);
                record_reader reader{bytes};
                record got;
                REQUIRE(reader.next(got));
                check_same(got, sent);
            }
}

TEST_CASE("a service's key may fill its field and is cut when longer") {
    auto sent = make_record(kind::request, "", "");
    const std::string full(max_service_key, 'k');
    const std::string longer = full + "more";
    for (const auto& key : {std::string{}, full, longer}) {
        sent.head.service = key;
        const auto bytes = one(sent);
        record_reader reader{bytes};
        record got;
        REQUIRE(reader.next(got));
        CHECK_EQ(got.head.service, key.substr(0, max_service_key));
    }
}

TEST_CASE("a message cut at any byte gives the records before the cut and says it is malformed") {
    outbox out;
    for (const auto* meta : {"one", "", "three"}) out.append(make_record(kind::request, meta, "b"));
    const std::size_t ends[] = {head_size + 4, 2 * head_size + 5, 3 * head_size + 11};
    REQUIRE_EQ(out.front().records.size(), ends[2]);
    for (std::size_t size = 0; size <= ends[2]; ++size) {
        CAPTURE(size);
        bool malformed = false;
        const auto count =
            count_records(std::string_view{out.front().records}.substr(0, size), malformed);
        const std::size_t whole = (size >= ends[0]) + (size >= ends[1]) + (size >= ends[2]);
        CHECK_EQ(count, whole);
        CHECK_EQ(malformed, size != 0 && size != ends[0] && size != ends[1] && size != ends[2]);
    }
}

TEST_CASE("a head that says what no head may say is refused") {
    const auto good = one(make_record(kind::request, "meta", "body"));
    REQUIRE_FALSE(refused(good));
    const auto with = [&](std::size_t at, int byte) {
        auto bytes = good;
        bytes[at] = static_cast<char>(byte);
        return bytes;
    };
    for (int byte = 0; byte < 256; ++byte) {
        CAPTURE(byte);
        CHECK_EQ(refused(with(version_at, byte)), byte != protocol_version);
        CHECK_EQ(refused(with(kind_at, byte)), byte < 1 || byte > static_cast<int>(kind::registry));
        // A detached body that did not come is as wrong as a flag that does not exist.
        CHECK_EQ(refused(with(flags_at, byte)), (byte & ~flag::all) != 0 || (byte & 1) != 0);
        CHECK_EQ(refused(with(error_at, byte)),
                 (byte & 63) > static_cast<int>(last_errc) || byte >> 6 > 2);
    }
}

TEST_CASE("sizes beyond the message or beyond the limits are refused") {
    for (const auto at : {meta_size_at, body_size_at})
        for (const std::uint32_t lie : {5U, 9U, 1000U, 0x7FFF'FFFFU, 0xFFFF'FFFFU, 0xFFFF'FFB8U}) {
            auto bytes = one(make_record(kind::request, "meta", "body"));
            set_u32(bytes, at, lie);
            CAPTURE(at);
            CAPTURE(lie);
            CHECK(refused(bytes));
        }
    auto bytes = one(make_record(kind::request, std::string(max_meta_size, 'm'), ""));
    CHECK_FALSE(refused(bytes));
    bytes = one(make_record(kind::request, std::string(max_meta_size + 1, 'm'), ""));
    CHECK(refused(bytes));
}

TEST_CASE("a large body travels in a frame of its own, a smaller one within the records") {
    const std::string large(detached_body_size, 'L');
    const std::string small(detached_body_size - 1, 's');
    outbox out;
    out.append(make_record(kind::request, "1", large));
    out.append(make_record(kind::request, "2", small));
    CHECK_EQ(out.front().bodies.size(), 1);
    CHECK_EQ(out.front().records.size(), 2 * head_size + 2 + small.size());
    CHECK_EQ(out.size(), out.front().records.size() + large.size());

    record_reader reader{out.front().records, out.front().bodies};
    record got;
    REQUIRE(reader.next(got));
    CHECK(got.head.has(flag::detached));
    CHECK(got.detached.owner);
    CHECK_EQ(got.body, large);
    REQUIRE(reader.next(got));
    CHECK_FALSE(got.head.has(flag::detached));
    CHECK_FALSE(got.detached.owner);
    CHECK_EQ(got.body, small);
    CHECK_FALSE(reader.next(got));
    CHECK_FALSE(reader.malformed());
}

TEST_CASE("a body that came in a frame of its own is passed on without a copy") {
    const auto owner = std::make_shared<const std::string>("small, but already apart");
    auto r = make_record(kind::reply, "m", *owner);
    r.detached = {owner, *owner};
    outbox out;
    out.append(r);
    REQUIRE_EQ(out.front().bodies.size(), 1);
    CHECK_EQ(static_cast<const void*>(out.front().bodies[0].bytes.data()),
             static_cast<const void*>(owner->data()));

    record_reader reader{out.front().records, out.front().bodies};
    record got;
    REQUIRE(reader.next(got));
    CHECK_EQ(static_cast<const void*>(got.body.data()), static_cast<const void*>(owner->data()));
}

TEST_CASE("detached bodies that are missing, left over or of another size are refused") {
    const std::string large(detached_body_size, 'L');
    outbox out;
    out.append(make_record(kind::request, "1", large));
    out.append(make_record(kind::request, "2", large));
    bool malformed = false;

    CHECK_EQ(count_records(out.front().records, malformed, {}), 0);
    CHECK(malformed);
    CHECK_EQ(count_records(out.front().records, malformed, {out.front().bodies[0]}), 1);
    CHECK(malformed);
    CHECK_EQ(count_records(out.front().records, malformed,
                           {out.front().bodies[0], out.front().bodies[1], out.front().bodies[0]}),
             2);
    CHECK(malformed);
    auto other = out.front().bodies;
    other[1].bytes.remove_suffix(1);
    CHECK_EQ(count_records(out.front().records, malformed, other), 1);
    CHECK(malformed);
    CHECK_EQ(
        count_records(one(make_record(kind::request, "", "")), malformed, {out.front().bodies[0]}),
        1);
    CHECK(malformed);
}

TEST_CASE("an empty message holds nothing and is not malformed") {
    bool malformed = true;
    CHECK_EQ(count_records({}, malformed), 0);
    CHECK_FALSE(malformed);
}

TEST_CASE("bytes changed at random never lead the reader outside the message") {
    std::mt19937_64 random{20240501};
    outbox out;
    out.append(make_record(kind::ready, std::string(50, 'r'), ""));
    out.append(make_record(kind::request, "meta", "body"));
    out.append(make_record(kind::reply, "", std::string(detached_body_size, 'L')));
    out.append(make_record(kind::reply, "m", std::string(100, 'b')));
    for (int round = 0; round < 100'000; ++round) {
        auto bytes = out.front().records;
        for (auto changes = 1 + random() % 4; changes != 0; --changes)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        if (random() % 4 == 0) bytes.resize(random() % bytes.size());
        const auto within = [&](std::string_view view) {
            return view.empty() || (view.data() >= bytes.data() &&
                                    view.data() + view.size() <= bytes.data() + bytes.size());
        };
        record_reader reader{bytes, out.front().bodies};
        record r;
        std::size_t count = 0;
        while (reader.next(r)) {
            ++count;
            if (!within(r.meta) || !within(r.head.service) ||
                !(within(r.body) || r.detached.owner != nullptr))
                FAIL("a view outside of the message in round ", round);
        }
        if (count > bytes.size() / head_size) FAIL("more records than fit in round ", round);
    }
}

TEST_CASE("bytes that were never a message are refused") {
    std::mt19937_64 random{7};
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes(1 + random() % 300, '\0');
        for (auto& byte : bytes) byte = static_cast<char>(random());
        if (random() % 2 == 0) { // a plausible start, so that more than the first check is met
            bytes[0] = protocol_version;
            if (bytes.size() > 3) {
                bytes[1] = static_cast<char>(1 + random() % 9);
                bytes[2] = 0;
                bytes[3] = 0;
            }
        }
        bool malformed = false;
        count_records(bytes, malformed);
        CHECK(malformed);
    }
}

TEST_CASE("what has to wait for long leaves in messages of at most a batch, in its order") {
    outbox out;
    const std::string small(30'000, 's'), large(200'000, 'l'), huge(3 * full_batch, 'h');
    for (int i = 0; i < 200; ++i) out.append(make_record(kind::request, "", small));
    for (int i = 0; i < 50; ++i) out.append(make_record(kind::request, "", large));
    out.append(make_record(kind::request, "", huge));
    out.append(make_record(kind::request, "", small));
    CHECK_GT(out.size(), 16 * full_batch);
    check_messages(out, 252);
    CHECK_EQ(out.size(), 0);
    out.append(make_record(kind::request, "", small)); // and it can be filled again
    check_messages(out, 1);
    for (int i = 0; i < 200; ++i) out.append(make_record(kind::request, "", small));
    out.clear();
    CHECK(out.empty());
    CHECK_EQ(out.size(), 0);
}

} // namespace postbus::bus
