#include "tests/integration/sqlite.hpp"

#include "tests/integration/shop.hpp"

#include <sqlite3.h>

namespace postbus::tests {

std::string integrity(const std::filesystem::path& database) {
    const temporary_folder folder;
    const auto copy = folder.path() / "copy.db";
    std::filesystem::copy_file(database, copy);
    const auto log = database.string() + "-wal";
    if (std::filesystem::exists(log)) std::filesystem::copy_file(log, copy.string() + "-wal");

    sqlite3* db = nullptr;
    std::string said = "cannot open";
    if (sqlite3_open(copy.c_str(), &db) == SQLITE_OK) {
        said.clear();
        const auto keep = [](void* out, int, char** values, char**) {
            *static_cast<std::string*>(out) += values[0];
            return 0;
        };
        if (sqlite3_exec(db, "PRAGMA integrity_check", keep, &said, nullptr) != SQLITE_OK)
            said += sqlite3_errmsg(db);
    }
    sqlite3_close(db);
    return said;
}

} // namespace postbus::tests
