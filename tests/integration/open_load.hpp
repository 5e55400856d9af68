#pragma once

#include "tests/integration/timing.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace postbus::tests {

/// What came of requests, and when: counted from the moment each was due, not from when it was
/// sent.
struct open_figures {
    std::map<int, std::size_t> statuses{}; ///< 0: the connection broke
    std::vector<double> accepted_ms{};     ///< of those answered with 200
    double slowest_ms = 0;                 ///< of all
    std::size_t unsent = 0;                ///< all connections were taken
    std::size_t without_outcome = 0;       ///< refusals that did not say "not-executed"

    std::size_t with(int status) const;
    std::size_t answered() const;
    double p99_ms() const; ///< of those accepted
    std::string text() const;
};

double quantile(std::vector<double> values, double share); ///< 0 of none

/// An open loop: so many GETs a second are due, whatever becomes of the others, as if each came
/// from a client of its own. Over connections that are kept, one thread, from its start to its end.
class open_load {
public:
    open_load(std::uint16_t port, std::string path, double per_second);
    ~open_load();
    open_load(const open_load&) = delete;
    open_load& operator=(const open_load&) = delete;

    /// What was answered since last asked.
    open_figures take();

private:
    struct line;

    void run();
    void send(line&, clock::time_point due);
    void read(line&);
    void end(line&, int status, bool says_outcome);
    line* free_line();

    std::uint16_t port_;
    std::string request_;
    double per_second_;
    int epoll_ = -1;
    std::vector<std::unique_ptr<line>> lines_;
    std::vector<line*> free_;
    std::mutex guard_;
    open_figures figures_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

} // namespace postbus::tests
