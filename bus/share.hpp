#pragma once

#include <cstddef>

namespace postbus::bus {

/// Whether one of many, who has `mine` of a store of which `all` are taken and `most` may be, gets
/// one more: not when it would have more than what is then free. So whoever takes without giving
/// back ends at half of the store, two such at a third each, and there is always as much left for
/// everybody else as the greediest has (dynamic thresholds of Choudhury and Hahne, 1998).
constexpr bool within_share(std::size_t mine, std::size_t all, std::size_t most) noexcept {
    return all < most && mine < most - all;
}

} // namespace postbus::bus
