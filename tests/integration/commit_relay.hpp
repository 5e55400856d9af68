#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace postbus::tests {

/// Stands between workers and a PostgreSQL server, and cuts a connection at the one moment when the
/// worker cannot know what became of it: at its COMMIT.
class commit_relay {
public:
    enum class cut {
        no,
        before, ///< the server never sees the COMMIT
        after,  ///< the server has committed, and the worker is not told
    };

    /// `decide` is asked at each COMMIT, by one thread at a time.
    commit_relay(std::uint16_t server_port, std::function<cut()> decide);
    ~commit_relay();
    commit_relay(const commit_relay&) = delete;
    commit_relay& operator=(const commit_relay&) = delete;

    std::string url(const std::string& database) const;

private:
    void accept_all();
    void relay(int client);
    bool pass_on(int client, int server); // one direction each; false: it is over
    bool pass_back(int server, int client);
    cut decision();

    std::uint16_t server_port_;
    std::function<cut()> decide_;
    std::mutex deciding_;
    std::atomic<bool> stopping_{false};
    int listener_;
    std::uint16_t port_ = 0;
    std::thread accepting_;
    std::vector<std::thread> threads_; // started by the one above; joined when that has ended
};

} // namespace postbus::tests
