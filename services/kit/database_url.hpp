#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// libpq's parameters (host, user, …) as one URI; of those that stand twice the last one counts.
/// The keyword form would be as good, but SOCI misreads its quotes.
std::string server_uri(const std::vector<std::pair<std::string, std::string>>& parameters);
/// Those that a PostgreSQL database's URL gives.
std::vector<std::pair<std::string, std::string>> server_parameters(const database_url&);

/// One that names no PostgreSQL database means that of the service's name.
database_url parse_database_url(std::string_view, std::string_view service = {});

} // namespace postbus::kit
