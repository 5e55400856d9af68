#pragma once

#include "tests/integration/load.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace postbus::tests {

/// Clients that read, write with a key and write without one in turn, each over a connection of its
/// own, at a steady rate as far as answers allow. Every answer is kept.
class mixed_load {
public:
    enum class kind { read, keyed, plain };
    struct request {
        kind what = kind::read;
        written_order done; ///< of a read only its status and body
        double ms = 0;      ///< to the answer
    };

    mixed_load(std::uint16_t port, int clients, int a_second);
    ~mixed_load();
    mixed_load(const mixed_load&) = delete;
    mixed_load& operator=(const mixed_load&) = delete;

    std::size_t answered() const noexcept { return answered_; }
    /// Waits until there are that many more answers.
    bool wait_for_more(std::size_t count, milliseconds limit = 20'000ms);
    /// Ends the clients, and gives all they did.
    std::vector<request> stop();

private:
    void run(int client, std::vector<request>& done);

    std::uint16_t port_;
    std::chrono::microseconds pause_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> answered_{0};
    std::vector<std::vector<request>> done_;
    std::vector<std::thread> threads_;
};

/// Of one kind: how many, and how many of them were not answered with 200 or 201.
struct failures {
    std::size_t all = 0;
    std::size_t failed = 0;
    std::string example;
};
failures failures_of(const std::vector<mixed_load::request>&, mixed_load::kind);
/// None of any kind.
void check_nothing_failed(const std::vector<mixed_load::request>&);
std::vector<written_order> writes_of(const std::vector<mixed_load::request>&);
/// Of all answers, at that share of them, in ms.
double time_at(const std::vector<mixed_load::request>&, double share);
/// Requests by kind, failures and times, for messages.
std::string figures(const std::vector<mixed_load::request>&);
/// Each keyed write that was accepted is answered the same when its key comes again; looks at
/// `count` of them.
void check_keys(shop&, const std::vector<mixed_load::request>&, std::size_t count);

} // namespace postbus::tests
