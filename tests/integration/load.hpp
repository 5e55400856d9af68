#pragma once

#include "tests/integration/shop.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace postbus::tests {

/// One POST /orders of a product that nobody else orders.
struct written_order {
    enum class verdict {
        accepted, ///< 201
        refused,  ///< a 4xx, an answer that says not-executed, or nobody there to connect to
        unknown,  ///< an answer that says so, or none
    };

    std::string product;
    verdict known = verdict::unknown;
    int status = 0; ///< 0: no answer
    std::string body;
};

/// Clients that order without pause, each over a connection of its own that it opens again when it
/// breaks.
class order_load {
public:
    order_load(std::uint16_t port, int clients);
    ~order_load();
    order_load(const order_load&) = delete;
    order_load& operator=(const order_load&) = delete;

    /// How many were accepted so far; waits until there are that many more.
    std::size_t accepted() const noexcept { return accepted_; }
    bool wait_for_more(std::size_t count, milliseconds limit = 20'000ms);
    /// Ends the clients, and gives all they did.
    std::vector<written_order> stop();

private:
    void run(int client, std::vector<written_order>& done);

    std::uint16_t port_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> accepted_{0};
    std::vector<std::vector<written_order>> done_;
    std::vector<std::thread> threads_;
};

/// Clients that read the paths in turn without pause, each over a connection of its own that it
/// opens again when it breaks.
class read_load {
public:
    read_load(std::uint16_t port, int clients, std::vector<std::string> paths);
    ~read_load();
    read_load(const read_load&) = delete;
    read_load& operator=(const read_load&) = delete;

    std::size_t answered() const noexcept { return answered_; } ///< with 200
    /// Ends the clients, and gives every answer that was not 200: "GET /users: 503 BODY".
    std::vector<std::string> stop();

private:
    void run(std::vector<std::string>& failed);

    std::uint16_t port_;
    std::vector<std::string> paths_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> answered_{0};
    std::vector<std::vector<std::string>> failed_;
    std::vector<std::thread> threads_;
};

/// Fails the test for each attempt that was not answered with 201.
void check_all_accepted(const std::vector<written_order>&);

/// Every order of the shop, by product: how many there are.
std::map<std::string, int> orders_by_product(shop&);

/// Each accepted order is there exactly once, none that was refused is, and none twice.
void check_orders(shop&, const std::vector<written_order>&);

/// "201: 1200, 503: 2", for messages.
std::string statuses(const std::vector<written_order>&);

} // namespace postbus::tests
