#pragma once

#include "services/kit/fault.hpp"
#include "services/kit/sql.hpp"

#include <soci/session.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace postbus::kit {

/// One connection to an SQLite file: WAL, every commit synced, no automatic checkpoints, busy
/// timeout 2 s. Belongs to one thread at a time. Throws database_error.
class connection {
public:
    enum class mode {
        read_write, ///< the file must exist
        create,     ///< makes the file and turns WAL on; only under the write lock
        read_only,
    };

    connection(const std::filesystem::path& file, mode);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    kit::sql& sql() noexcept { return sql_; }
    bool read_only() const noexcept { return mode_ == mode::read_only; }

    void begin_write(); ///< BEGIN IMMEDIATE: takes the engine's write lock now, not later
    void begin_read();
    void commit();
    /// Leaves no transaction and no open cursor behind, whatever state it finds.
    void rollback() noexcept;
    /// False after an error also means: the engine rolled everything back behind our back.
    bool in_transaction() const noexcept;

    void savepoint();
    void undo_to_savepoint(); ///< which stays open
    void release_savepoint();

    /// Closes cursors that a handler left open: they would hold the snapshot, or block the commit.
    void close_cursors() noexcept;

    /// Runs a script of several statements: migrations.
    void execute(const std::string& script);

    /// How long to wait for another program's lock, by default 2 s.
    void busy_timeout(std::chrono::milliseconds) noexcept;

    /// Statements still running then are interrupted; they throw, and a write takes its whole
    /// transaction with it. time_point::max(): no limit.
    void limit_statements(std::chrono::steady_clock::time_point) noexcept;

    /// The fault behind the exception in flight; call it first thing in a catch clause.
    fault current_fault() const;

    /// Bytes of the log that the last commit or checkpoint of this connection saw in use.
    std::uint64_t wal_bytes() const noexcept;
    enum class checkpoint { passive, truncate };
    /// Only under the write lock. False when readers kept it from finishing.
    bool run_checkpoint(checkpoint);
    /// The close that follows leaves the log as it is: for when the write lock cannot be had.
    void keep_wal_at_close() noexcept;

private:
    struct control; // the transaction statements, prepared once

    soci::session session_;
    kit::sql sql_;
    mode mode_;
    std::unique_ptr<control> control_;
};

} // namespace postbus::kit
