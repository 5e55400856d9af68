#pragma once

#include "tests/integration/timing.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>
#include <vector>

namespace postbus::bus {
struct record;
}

namespace postbus::tests {

/// Very many workers of very many services on one broker, in one thread: connections that speak
/// ZMTP 3.0 and this bus's records by themselves, since sockets of a library would each cost
/// descriptors and a wake-up. They say READY, answer pings and requests at once, and one of each
/// service says every second how far its log has come. Who is told that the broker does not know it
/// says READY again. Services are crowd1, crowd2, ... with GET /crowd/N.
class crowd {
public:
    /// Connects; the broker takes them in from then on. Throws std::system_error where it cannot.
    crowd(std::uint16_t bus_port, std::size_t services, std::size_t workers_each);
    ~crowd();
    crowd(const crowd&) = delete;
    crowd& operator=(const crowd&) = delete;

    std::size_t connected() const noexcept { return connected_; }
    std::size_t welcomed() const noexcept { return welcomed_; } ///< by the broker, still connected
    std::size_t turned_away() const noexcept { return turned_away_; } ///< refused, or cut off
    /// How often one was told to say READY again: the broker had taken it for frozen.
    std::size_t forgotten() const noexcept { return forgotten_; }
    std::size_t pings() const noexcept { return pings_; } ///< answered
    /// While it is on, nobody wakes, and pings are answered afterwards: calls are all that
    /// goes on. Nobody is taken for frozen: pings that have waited for too long are answered.
    void hush(bool on);
    /// Calls the first so many services in turn, always so many calls at once, until `count` have
    /// come back. How many of them failed. Throws std::runtime_error after a limit.
    std::size_t call(std::size_t count, std::size_t at_once, std::size_t services);

private:
    struct line;
    struct descriptor {
        ~descriptor();
        int fd = -1;
    };
    struct order {
        std::size_t count = 0;
        std::size_t at_once = 0;
        std::size_t services = 0;
        std::size_t started = 0;
        std::size_t ended = 0;
        std::size_t failed = 0;
        std::uint64_t first_id = 0;
        std::promise<std::size_t> done{};
    };

    void run(const std::stop_token&);
    void read(line&);
    std::size_t take_frame(line&, std::string_view bytes);
    void take_records(line&, std::string_view frame);
    void take(line&, const bus::record&);
    void cut_off(line&);
    void say_ready(line&);
    void begin_calls();
    void answer_late_pings();
    void start_call();
    void end_call(const bus::record&);
    void beat();

    descriptor epoll_;
    descriptor changed_; // an eventfd
    std::atomic<bool> hushed_{false};
    std::atomic<std::size_t> connected_{0};
    std::atomic<std::size_t> welcomed_{0};
    std::atomic<std::size_t> turned_away_{0};
    std::atomic<std::size_t> forgotten_{0};
    std::atomic<std::size_t> pings_{0};
    std::vector<std::unique_ptr<line>> lines_; // workers, then the caller
    std::mutex guard_;
    std::shared_ptr<order> wanted_; // behind the guard
    std::shared_ptr<order> open_;
    std::vector<line*> later_; // whose ping is not answered yet
    std::chrono::steady_clock::time_point later_since_{};
    std::uint64_t next_id_ = 0;
    std::uint64_t beats_ = 0;
    std::jthread thread_; // last: it ends before what it works on, also when connecting throws
};

} // namespace postbus::tests
