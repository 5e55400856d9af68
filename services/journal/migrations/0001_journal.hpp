#pragma once

#include "services/kit/migrations.hpp"

namespace postbus::journal {

/// The kit's tables are all it needs.
inline constexpr kit::migration begin_journal{.number = 1, .name = "journal", .sql = ""};

} // namespace postbus::journal
