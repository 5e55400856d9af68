#include "tests/integration/sqlite.hpp"

#include "tests/integration/shop.hpp"

#include <sqlite3.h>

#include <stdexcept>

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

void execute(const std::filesystem::path& database, const std::string& statements) {
    sqlite3* db = nullptr;
    sqlite3_open(database.c_str(), &db);
    sqlite3_busy_timeout(db, 5000);
    const auto done = sqlite3_exec(db, statements.c_str(), nullptr, nullptr, nullptr);
    const std::string why = sqlite3_errmsg(db);
    sqlite3_close(db);
    if (done != SQLITE_OK) throw std::runtime_error{database.string() + ": " + why};
}

snapshot_reader::snapshot_reader(std::filesystem::path database, milliseconds hold)
    : database_{std::move(database)}, hold_{hold}, thread_{[this] { run(); }} {}

snapshot_reader::~snapshot_reader() {
    stop();
}

std::uint64_t snapshot_reader::stop() {
    {
        const std::lock_guard lock{guard_};
        stopping_ = true;
    }
    stopped_.notify_one();
    if (thread_.joinable()) thread_.join();
    return snapshots_;
}

void snapshot_reader::run() {
    sqlite3* db = nullptr;
    const auto say = [&](const char* sql) {
        return sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
    };
    if (sqlite3_open_v2(database_.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK) {
        sqlite3_busy_timeout(db, 1000);
        std::unique_lock lock{guard_};
        while (!stopping_) {
            if (!say("BEGIN; SELECT count(*) FROM sqlite_master")) break;
            ++snapshots_;
            stopped_.wait_for(lock, hold_, [this] { return stopping_; });
            say("COMMIT");
        }
    }
    sqlite3_close(db);
}

} // namespace postbus::tests
