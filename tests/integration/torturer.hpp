#pragma once

#include "tests/integration/shoppers.hpp"
#include "tests/integration/small_disk.hpp"
#include "tests/postgres_server.hpp"

#include <map>
#include <random>
#include <string>
#include <vector>

namespace postbus::tests {

/// Strikes the stack of a shop, and the database server under it, at random. Every choice comes
/// from the seed; on whom it falls depends on who is alive.
class torturer {
public:
    /// Without a server the databases are files; a disk that is not mounted is never filled.
    torturer(shop&, postgres_server*, small_disk&, const shoppers&, process& up,
             std::uint64_t seed);

    /// One strike: what was frozen goes on when it returns, what was killed is on its way back.
    void strike();
    void pause(); ///< before the next one

    process& up() noexcept { return *up_; }
    /// When the last strike was over: the time from which all has to recover by itself.
    clock::time_point struck_at() const noexcept { return struck_at_; }
    const std::string& last() const noexcept { return last_; } ///< what the last strike was
    /// Every strike so far with its time and the orders until then, one a line.
    const std::string& history() const noexcept { return history_; }
    /// How many strikes killed.
    int kills() const;
    /// "postbus-orders killed: 5, ..."
    std::string figures() const;

private:
    enum class kind { stack, server, all, disk };

    kind draw();
    void strike_stack();
    void strike_server();
    void kill(pid_t, const std::string& name);
    void kill_all();
    void crash_server();
    void fill_disk();
    void freeze(const std::vector<pid_t>&, const std::string& name);
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    shop& shop_;
    postgres_server* server_;
    small_disk& disk_;
    const shoppers& load_;
    process* up_;
    std::mt19937_64 random_;
    std::vector<kind> deck_; // the kinds to come, so that none is long in coming
    clock::time_point struck_at_ = clock::now();
    clock::time_point begun_ = clock::now();
    std::string last_;
    std::string history_;
    std::map<std::string, int> killed_;
    std::map<std::string, int> others_;
};

/// Arguments of `postbus up` for more than one worker of each service that orders go through.
std::vector<std::string> two_of_each();

} // namespace postbus::tests
