#include "tests/unit/bus/router_world.hpp"

#include <doctest/doctest.h>

// Random events against a plain model of callers and workers: they join, die, freeze, thaw,
// reconnect, drain, commit with and without answering, refuse, and hand back; callers ask, cancel
// and ask again. After every step the bus must have kept its promises.

namespace postbus::bus::tests {

TEST_CASE("whatever happens in whatever order, the bus keeps its promises") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        world w{seed};
        for (int i = 0; i < 5000; ++i) {
            CAPTURE(i);
            w.step();
            if (i % 16 == 0) w.check_nobody_idles();
        }
        w.finish();
        CHECK_GT(w.asked(), 500);
        CHECK_GT(w.committed(), 100);
    }
}

} // namespace postbus::bus::tests
