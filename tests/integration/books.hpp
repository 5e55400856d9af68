#pragma once

#include "tests/integration/shop.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace postbus::tests {

/// Whether all orders come to their end and all books agree; fails the test when they do not.
bool settled(shop&, milliseconds limit = 20'000ms);

/// How the order is: "confirmed".
std::string status_of(shop&, std::int64_t order);

} // namespace postbus::tests
