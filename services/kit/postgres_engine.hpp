#pragma once

#include "services/kit/database_url.hpp"
#include "services/kit/engine.hpp"

#include <soci/session.h>

#include <memory>
#include <optional>

struct pg_conn;
struct pg_result;

namespace postbus::kit {

/// A connection to a PostgreSQL server. One writer at a time: a transaction that writes begins with
/// an advisory lock that ends with it. The server ends what holds it up: statements after 500 ms,
/// waits for a lock after 450 ms, a session that leaves its transaction idle after 2 s. A server
/// that does not even do that has lost the connection at its first answer that is over a second
/// late.
class postgres_engine final : public engine {
public:
    postgres_engine(const database_url&, open_mode);

    kit::sql& sql() noexcept override { return sql_; }

    bool try_to_write() override;
    void wait_to_write() override;
    void begin_write() override;
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
    void limit_statements(std::chrono::steady_clock::time_point) override;
    fault current_fault() override;
    bool connected() const noexcept override { return !lost_; }

private:
    using clock = std::chrono::steady_clock;
    using result = std::unique_ptr<pg_result, void (*)(pg_result*)>;

    pg_conn* link() const noexcept;
    result run(const std::string& text);
    void expect_answers(); // in the time that the server gives its statements
    result begin(const std::string& text);
    void forget_transaction() noexcept;

    void reach(); // connects again when the connection was lost
    void lose(const std::string& why);
    void start_to_reach(clock::time_point now);
    [[noreturn]] void give_up(clock::time_point now);
    [[noreturn]] void refuse() const;

    open_mode mode_;
    std::string where_; // for messages
    stall_guard guard_;
    soci::session session_;
    kit::sql sql_;

    bool ahead_ = false; // the lock was taken for the begin_write that is to come
    bool saved_ = false; // there is a savepoint to go back to
    std::chrono::milliseconds lock_time_;
    std::optional<std::chrono::milliseconds> statement_time_; // as the server has it now, if known

    bool lost_ = false;
    bool reaching_ = false; // a new connection is under way
    int reaching_for_ = 0;  // what it waits for
    clock::time_point give_up_at_{};
    clock::time_point not_before_{};
    std::chrono::milliseconds pause_;
};

} // namespace postbus::kit
