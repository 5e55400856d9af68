#pragma once

#include "services/kit/engine.hpp"

#include <soci/session.h>

#include <filesystem>
#include <memory>

namespace postbus::kit {

/// A connection to an SQLite file: WAL, every commit synced, no automatic checkpoints, busy timeout
/// 2 s.
class sqlite_engine final : public engine {
public:
    /// open_mode::create makes the file and turns WAL on; only under the write lock.
    sqlite_engine(const std::filesystem::path& file, open_mode);
    ~sqlite_engine() override;
    sqlite_engine(const sqlite_engine&) = delete;
    sqlite_engine& operator=(const sqlite_engine&) = delete;

    kit::sql& sql() noexcept override { return sql_; }

    void begin_write() override; ///< BEGIN IMMEDIATE
    void begin_read() override;
    void commit() override;
    void rollback() noexcept override;
    bool in_transaction() const noexcept override;

    void savepoint() override;
    void undo_to_savepoint() override;
    void release_savepoint() override;

    void execute(const std::string& script) override;
    bool has_table(const std::string& name) override;
    void busy_timeout(std::chrono::milliseconds) noexcept override;
    void limit_statements(std::chrono::steady_clock::time_point) noexcept override;
    fault current_fault() override;

    void close_cursors() noexcept override;
    std::uint64_t wal_bytes() const noexcept override;
    bool run_checkpoint(checkpoint_kind) override;
    void keep_wal_at_close() noexcept override;

private:
    struct control; // the transaction statements, prepared once

    soci::session session_;
    kit::sql sql_;
    bool read_only_;
    std::unique_ptr<control> control_;
};

} // namespace postbus::kit
