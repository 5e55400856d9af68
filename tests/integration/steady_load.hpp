#pragma once

#include "tests/integration/shop.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace postbus::tests {

struct steady_request {
    const char* method = "GET";
    std::string path{};
    std::string body{};
    http_fields fields{};
    int wanted = 200;
    bool makes = false; ///< success makes what bears the name
};

/// The n-th request of a client; `name` is no other request's.
using steady_script = std::function<steady_request(std::size_t n, const std::string& name)>;

/// Reads and writes of the shop.
steady_request shop_request(std::size_t n, const std::string& name);

/// What clients saw who never wanted to see anything but success.
struct steady_result {
    std::size_t answered = 0;                ///< with the status that was wanted
    std::vector<std::string> failed;         ///< "POST /users: 503 BODY"
    std::map<std::string, std::size_t> made; ///< names, and how often 201 was said of each

    std::string text() const;
};

/// Clients at a steady pace, half of them over connections that they keep and half over one a
/// request. A request is never sent twice.
class steady_load {
public:
    steady_load(std::uint16_t port, int clients, steady_script = shop_request);
    ~steady_load();
    steady_load(const steady_load&) = delete;
    steady_load& operator=(const steady_load&) = delete;

    bool wait_for_more(std::size_t answers, milliseconds limit = 20'000ms);
    steady_result stop();

private:
    void run(int number, steady_result&);

    std::uint16_t port_;
    steady_script script_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> answered_{0};
    std::vector<steady_result> results_;
    std::vector<std::thread> threads_;
};

/// Each user that a client was told of is there, once.
void check_users(shop&, const steady_result&);

} // namespace postbus::tests
