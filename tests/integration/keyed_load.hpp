#pragma once

#include "tests/integration/shop.hpp"

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace postbus::tests {

/// One answer to a POST /orders with a key of its own; a client sends it again until it is accepted.
struct keyed_answer {
    std::string product; ///< the order's; nobody else orders it
    clock::time_point sent;
    clock::time_point came;
    int status = 0; ///< 0: none came
    std::string body;

    bool accepted() const { return status == 201; }
};

/// Clients that order under Idempotency-Keys and insist: a refused or unanswered order is sent again
/// under its key until it is accepted.
class keyed_load {
public:
    keyed_load(std::uint16_t port, int clients);
    ~keyed_load();
    keyed_load(const keyed_load&) = delete;
    keyed_load& operator=(const keyed_load&) = delete;

    std::size_t accepted() const noexcept { return accepted_; }
    bool wait_for_more(std::size_t count, milliseconds limit = 20'000ms);
    /// Accepted a second, over a while from now on.
    double rate(milliseconds) const;
    /// Ends the clients, each with its order accepted unless that takes longer than the (scaled)
    /// limit; gives every answer they had, in the order in which they came.
    std::vector<keyed_answer> stop(milliseconds limit = 10'000ms);

private:
    void run(int client);

    std::uint16_t port_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> give_up_{false};
    std::atomic<std::size_t> accepted_{0};
    std::atomic<int> running_{0};
    std::mutex guard_;
    std::vector<keyed_answer> answers_;
    std::vector<std::thread> threads_;
};

/// How long after that time the first order was accepted.
std::optional<milliseconds> first_accepted(const std::vector<keyed_answer>&,
                                           clock::time_point after);
/// Fails the test for an answer of 5xx that does not say what is known of its order.
void check_refusals_say_outcome(const std::vector<keyed_answer>&);
/// Fails the test unless each accepted order is there exactly once, and no other twice.
void check_once(shop&, const std::vector<keyed_answer>&);
/// "201: 1200, 503: 2", for messages.
std::string statuses(const std::vector<keyed_answer>&);

} // namespace postbus::tests
