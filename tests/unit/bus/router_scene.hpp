#pragma once

#include "tests/unit/bus/router_room.hpp"

#include <doctest/doctest.h>

namespace postbus::bus::tests {

// Who plays in the router's scenes, and what is looked at again and again.

inline constexpr peer_id gateway{1};
inline constexpr peer_id other_gateway{2};
inline constexpr peer_id alice{11};
inline constexpr peer_id bob{12};
inline constexpr peer_id carol{13};

inline void check_request(const sent_record& r, peer_id to, std::uint64_t number) {
    CHECK(r.head.kind == kind::request);
    CHECK(r.to == to);
    CHECK_EQ(r.head.id.low, number);
    CHECK_EQ(r.service, users);
    CHECK_EQ(r.meta, "meta");
}

inline void check_refusal(const sent_record& r, std::uint64_t number, errc error, outcome known,
                          peer_id to = gateway) {
    CHECK(r.head.kind == kind::reply);
    CHECK(r.to == to);
    CHECK_EQ(r.head.slot, 1000 + number);
    CHECK_EQ(r.head.id.low, number);
    CHECK_EQ(message(r.head.error), message(error));
    CHECK_EQ(static_cast<int>(r.head.outcome), static_cast<int>(known));
}

inline std::string reason_of(const sent_record& r) {
    CHECK(r.head.kind == kind::disconnect);
    const auto notice = schemas::decode<broker_notice>(r.meta);
    REQUIRE(notice);
    return notice->reason;
}

} // namespace postbus::bus::tests
