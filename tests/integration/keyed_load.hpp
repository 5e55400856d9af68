#pragma once

#include "tests/integration/shop.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace postbus::tests {

/// One answer to a POST with a key of its own; its client sends it again until it is accepted.
struct keyed_answer {
    std::string name; ///< nobody else's; in what shop_orders() makes: the product
    clock::time_point sent;
    clock::time_point came;
    int status = 0; ///< 0: none came
    std::string body;

    bool accepted() const { return status == 201; }
};

/// What is posted, and the body that it makes of a name.
struct keyed_post {
    std::string path;
    std::function<std::string(const std::string& name)> body;
};
/// POST /orders of a product of that name.
keyed_post shop_orders();

/// Clients that post under Idempotency-Keys and insist: what is refused or not answered is sent
/// again under its key until it is accepted.
class keyed_load {
public:
    keyed_load(std::uint16_t port, int clients, keyed_post = shop_orders());
    ~keyed_load();
    keyed_load(const keyed_load&) = delete;
    keyed_load& operator=(const keyed_load&) = delete;

    std::size_t accepted() const noexcept { return accepted_; }
    bool wait_for_more(std::size_t count, milliseconds limit = 20'000ms);
    /// Accepted a second, over a while from now on.
    double rate(milliseconds) const;
    /// Ends the clients, each with its last one accepted unless that takes longer than the (scaled)
    /// limit; gives every answer they had, in the order in which they came.
    std::vector<keyed_answer> stop(milliseconds limit = 10'000ms);

private:
    void run(int client);

    std::uint16_t port_;
    keyed_post post_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> give_up_{false};
    std::atomic<std::size_t> accepted_{0};
    std::atomic<int> running_{0};
    std::mutex guard_;
    std::vector<keyed_answer> answers_;
    std::vector<std::thread> threads_;
};

/// How long after that time the first one was accepted.
std::optional<milliseconds> first_accepted(const std::vector<keyed_answer>&,
                                           clock::time_point after);
/// Fails the test for an answer of 5xx that does not say what is known.
void check_refusals_say_outcome(const std::vector<keyed_answer>&);
/// How many different ones were accepted.
std::size_t accepted_names(const std::vector<keyed_answer>&);
/// Fails the test unless each accepted order is there exactly once, and no other twice.
void check_once(shop&, const std::vector<keyed_answer>&);
/// "201: 1200, 503: 2", for messages.
std::string statuses(const std::vector<keyed_answer>&);

} // namespace postbus::tests
