#pragma once

#include "services/kit/database_url.hpp"
#include "services/kit/engine.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace postbus::kit {

/// One connection to a service's database, whichever engine that has. Every commit is synced to the
/// disk when it returns. Belongs to one thread at a time. Throws database_error.
class connection {
public:
    using mode = open_mode;

    connection(const database_url&, mode);
    ~connection() { rollback(); }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    kit::sql& sql() noexcept { return engine_->sql(); }

    /// Takes the engine's write lock now, not later, and waits for it (see busy_timeout).
    void begin_write() { engine_->begin_write(); }
    /// Takes PostgreSQL's write lock ahead of the begin_write() that follows (or the rollback):
    /// without waiting, false when another worker has it; and with.
    bool try_to_write() { return engine_->try_to_write(); }
    void wait_to_write() { engine_->wait_to_write(); }
    void begin_read() { engine_->begin_read(); }
    void commit() { engine_->commit(); }
    /// Leaves no transaction and no open cursor behind, whatever state it finds.
    void rollback() noexcept { engine_->rollback(); }
    /// False after an error also means: all is lost, and nothing of it can be committed.
    bool in_transaction() const noexcept { return engine_->in_transaction(); }

    void savepoint() { engine_->savepoint(); }
    void undo_to_savepoint() { engine_->undo_to_savepoint(); } ///< which stays open
    void release_savepoint() { engine_->release_savepoint(); }

    /// Closes cursors that a handler left open: they would hold the snapshot, or block the commit.
    void close_cursors() noexcept { engine_->close_cursors(); }

    /// Runs a script of several statements, written for SQLite (see postgres_words.hpp):
    /// migrations.
    void execute(const std::string& script) { engine_->execute(script); }
    bool has_table(const std::string& name) { return engine_->has_table(name); }

    /// How long to wait for another program's lock: by default, and at most, 2 s on SQLite and
    /// 450 ms on PostgreSQL.
    void busy_timeout(std::chrono::milliseconds time) noexcept { engine_->busy_timeout(time); }

    /// Statements still running then are interrupted, and throw; SQLite loses the whole transaction
    /// with a write. time_point::max(): no limit but the engine's own.
    void limit_statements(std::chrono::steady_clock::time_point limit) {
        engine_->limit_statements(limit);
    }

    /// The fault behind the exception in flight; call it first thing in a catch clause.
    fault current_fault() { return engine_->current_fault(); }

    /// False while the server is gone. The next begin tries to reach it again, at most once in a
    /// pause that grows from 20 ms to 1 s; in between it throws.
    bool connected() const noexcept { return engine_->connected(); }

    /// Bytes of SQLite's log that the last commit or checkpoint of this connection saw in use.
    std::uint64_t wal_bytes() const noexcept { return engine_->wal_bytes(); }
    using checkpoint = checkpoint_kind;
    /// Only under the write lock. False when readers kept it from finishing.
    bool run_checkpoint(checkpoint how) { return engine_->run_checkpoint(how); }
    /// The close that follows leaves the log as it is: for when the write lock cannot be had.
    void keep_wal_at_close() noexcept { engine_->keep_wal_at_close(); }

private:
    std::unique_ptr<engine> engine_;
};

} // namespace postbus::kit
