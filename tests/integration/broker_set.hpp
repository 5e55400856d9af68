#pragma once

#include "tests/integration/shop.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace postbus::tests {

/// Several brokers side by side for one shop, and programs that know all of them.
class broker_set {
public:
    /// Starts none of them yet.
    broker_set(shop&, int count);

    std::size_t size() const noexcept { return brokers_.size(); }
    std::string address(std::size_t which) const;
    /// "--bus A --bus B", for any program.
    std::vector<std::string> words() const;

    process& start(std::size_t which, const std::vector<std::string>& more = {});
    void start_all();
    process& at(std::size_t which) { return *brokers_[which]; }

    process& start_gateway();
    process& start_worker(const std::string& service, const std::vector<std::string>& more = {});
    /// A worker that knows this one only.
    process& start_worker_at(std::size_t which, const std::string& service);
    /// All brokers, workers of users and orders (so many each), a gateway; waits until both are
    /// served.
    void start_shop(int workers = 1);
    /// All brokers, so many workers of the probe service, a gateway; waits until all know of all.
    void start_probes(std::size_t workers);
    /// Runs `postbus WORDS... --bus A --bus B`.
    finished postbus(std::vector<std::string> words);
    /// The workers of a service that this broker knows.
    std::size_t workers_at(std::size_t which, const std::string& service);

private:
    std::vector<std::string> words_of_worker(const std::vector<std::string>& more = {}) const;

    shop& shop_;
    std::uint16_t first_;
    std::vector<process*> brokers_;
};

} // namespace postbus::tests
