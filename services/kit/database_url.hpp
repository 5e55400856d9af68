#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace postbus::kit {

/// Where a service's database is: what --db says. "PATH" or "sqlite:PATH" is an SQLite file;
/// "postgresql://user@host:port/name?…" a server (libpq's URI, or after the colon its keywords).
/// Pure.
struct database_url {
    enum class engine { sqlite, postgresql, unknown };

    database_url() = default;
    database_url(std::filesystem::path sqlite_file) : file{std::move(sqlite_file)} {}

    /// For logs: without a password.
    std::string shown() const;

    engine kind = engine::sqlite;
    std::filesystem::path file; ///< sqlite
    std::string server;         ///< postgresql: libpq's connection string; it may hold a password
};

/// "keyword='value' " as libpq reads it.
std::string server_option(std::string_view keyword, std::string_view value);

/// One that names no PostgreSQL database means that of the service's name.
database_url parse_database_url(std::string_view, std::string_view service = {});

} // namespace postbus::kit
