#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace postbus::kit {

/// Where a service's database is: what --db says. "PATH" or "sqlite:PATH" is an SQLite file;
/// "postgresql://…" a server. Pure.
struct database_url {
    enum class engine { sqlite, postgresql, unknown };
    engine kind = engine::sqlite;
    std::filesystem::path file; ///< sqlite
};

database_url parse_database_url(std::string_view);

} // namespace postbus::kit
