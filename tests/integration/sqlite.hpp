#pragma once

#include <filesystem>
#include <string>

namespace postbus::tests {

/// What `PRAGMA integrity_check` says of a copy of the database, its write-ahead log included: "ok"
/// when all is well. A copy, so that looking repairs nothing. Nobody may be writing meanwhile.
std::string integrity(const std::filesystem::path& database);

} // namespace postbus::tests
