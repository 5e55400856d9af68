#pragma once

#include "tools/load_figures.hpp"

#include <cstddef>
#include <limits>
#include <string>

namespace postbus::tools {

struct table_room {
    std::size_t columns = std::numeric_limits<std::size_t>::max();
    std::size_t lines = std::numeric_limits<std::size_t>::max();
};

/// What `postbus top` shows: totals, brokers that do not answer, and one line a service. No line is
/// wider than the room; of services that do not fit those with the least calls are left out, which
/// a last line says. `time` is a time of day.
std::string load_table(const bus_load&, const std::string& time, const table_room& = {});

} // namespace postbus::tools
