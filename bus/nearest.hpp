#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// For messages about a name that nobody knows: the one that was probably meant.

namespace postbus::bus {

/// How many bytes must be inserted, removed, replaced or swapped with their neighbour to make `a`
/// into `b` (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate closest to `name`, the first among equals; empty when there is none.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

} // namespace postbus::bus
