#pragma once

#include "services/kit/fault.hpp"
#include "services/kit/sql.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace postbus::kit {

enum class open_mode {
    read_write, ///< the database must exist
    create,     ///< SQLite: makes the file; PostgreSQL: statements have no time limit
    read_only,
};

enum class checkpoint_kind { passive, truncate };

/// What a kind of database does for a connection to it: all that SQLite and PostgreSQL do each in
/// their own way. What each function promises stands in connection.hpp.
class engine {
public:
    virtual ~engine() = default;

    virtual kit::sql& sql() noexcept = 0;

    virtual void begin_write() = 0;
    virtual void begin_read() = 0;
    virtual void commit() = 0;
    virtual void rollback() noexcept = 0;
    virtual bool in_transaction() const noexcept = 0;

    virtual void savepoint() = 0;
    virtual void undo_to_savepoint() = 0;
    virtual void release_savepoint() = 0;

    virtual void execute(const std::string& script) = 0;
    virtual bool has_table(const std::string& name) = 0;
    virtual void busy_timeout(std::chrono::milliseconds) noexcept = 0;
    virtual void limit_statements(std::chrono::steady_clock::time_point) = 0;
    virtual fault current_fault() = 0;

    // For a server: the write lock comes with a transaction, and connections are lost.
    virtual bool try_to_write() { return true; }
    virtual void wait_to_write() {}
    virtual bool connected() const noexcept { return true; }
    // For a file: cursors stay open, and it has a log beside it.
    virtual void close_cursors() noexcept {}
    virtual std::uint64_t wal_bytes() const noexcept { return 0; }
    virtual bool run_checkpoint(checkpoint_kind) { return true; }
    virtual void keep_wal_at_close() noexcept {}
};

} // namespace postbus::kit
