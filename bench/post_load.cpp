// Sends POSTs over many connections, each after the answer to the one before, and prints for every
// answer a line `ID CODE SENT ANSWERED STATE`: the id in the body, the HTTP status, both times in
// microseconds of Unix time, the member `status` of the body. At a given rate SENT is when it
// should have been sent: what waits for a free connection counts. SIGTERM ends it early.
#include "bus/settings.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::microseconds;
using std::chrono::system_clock;

struct answer {
    long id = 0;
    int code = 0;
    system_clock::time_point sent{}, answered{};
    std::string state{};
};

struct load {
    asio::io_context io{1};
    asio::signal_set stop{io, SIGTERM};
    std::string request{};
    std::int64_t count = 0;
    std::int64_t rate = 0; // a second; 0: as fast as it goes
    system_clock::time_point began = system_clock::now();
    std::int64_t started = 0;
    std::vector<answer> answers{};
    bool failed = false;
};

/// What stands behind `key` in `text`, up to one of `ends`.
std::string after(const std::string& text, const std::string& key, const char* ends) {
    const auto at = text.find(key);
    if (at == text.npos) return {};
    const auto first = at + key.size();
    return text.substr(first, text.find_first_of(ends, first) - first);
}

class connection {
public:
    connection(load& l, const tcp::endpoint& to) : load_{l}, socket_{l.io}, timer_{l.io} {
        socket_.connect(to);
        socket_.set_option(tcp::no_delay{true});
        next();
    }

private:
    void next() {
        if (load_.started == load_.count) return;
        const auto number = load_.started++;
        if (load_.rate == 0) return send(system_clock::now());
        const auto due = load_.began + microseconds{number * 1'000'000 / load_.rate};
        timer_.expires_after(due - system_clock::now());
        timer_.async_wait([this, due](auto) { send(due); });
    }

    void send(system_clock::time_point due) {
        now_ = {.sent = due};
        asio::async_write(socket_, asio::buffer(load_.request), [this](auto failed, std::size_t) {
            if (failed) return fail(failed);
            asio::async_read_until(
                socket_, asio::dynamic_buffer(in_), "\r\n\r\n",
                [this](auto e, std::size_t n) { return e ? fail(e) : read_body(n); });
        });
    }

    void read_body(std::size_t head) {
        const auto length = after(in_, "Content-Length: ", "\r");
        const auto whole = head + static_cast<std::size_t>(std::atol(length.c_str()));
        const auto missing = whole > in_.size() ? whole - in_.size() : 0;
        asio::async_read(socket_, asio::dynamic_buffer(in_), asio::transfer_exactly(missing),
                         [this, whole](auto e, std::size_t) { return e ? fail(e) : done(whole); });
    }

    void done(std::size_t whole) {
        now_.answered = system_clock::now();
        now_.code = std::atoi(in_.c_str() + in_.find(' '));
        now_.id = std::atol(after(in_, "\"id\":", ",}").c_str());
        now_.state = after(in_, "\"status\":\"", "\"");
        in_.erase(0, whole);
        load_.answers.push_back(std::move(now_));
        if (std::ssize(load_.answers) == load_.count) load_.stop.cancel();
        next();
    }

    void fail(const boost::system::error_code& why) {
        std::fprintf(stderr, "post-load: %s\n", why.message().c_str());
        load_.failed = true;
        load_.io.stop();
    }

    load& load_;
    tcp::socket socket_;
    asio::steady_timer timer_;
    std::string in_;
    answer now_;
};

long long micros(system_clock::time_point at) {
    return std::chrono::duration_cast<microseconds>(at.time_since_epoch()).count();
}

} // namespace

int main(int argc, char** argv) {
    std::string http, path, body, field;
    std::int64_t connections = 64, count = 1000, rate = 0;
    postbus::bus::settings s{"post-load", "Sends POSTs and prints when each was answered."};
    s.text("http", "HOST:PORT of the gateway", http);
    s.text("path", "where to", path);
    s.text("body", "JSON, the same each time", body);
    s.text("field", "one more header field, such as Prefer: wait=5", field);
    s.number("connections", "at once", connections, 1, 10'000);
    s.number("count", "requests in all", count, 1, 100'000'000);
    s.number("rate", "requests a second; 0: as fast as it goes", rate, 0, 1'000'000);
    if (const auto ended = s.parse(argc, argv)) return *ended;

    const auto colon = http.rfind(':');
    const tcp::endpoint to{asio::ip::make_address(http.substr(0, colon)),
                           static_cast<unsigned short>(std::atoi(http.c_str() + colon + 1))};
    load l;
    l.request =
        "POST " + path + " HTTP/1.1\r\nHost: " + http +
        "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
        (field.empty() ? "" : "\r\n" + field) + "\r\n\r\n" + body;
    l.count = count;
    l.rate = rate;
    l.answers.reserve(static_cast<std::size_t>(count));
    l.stop.async_wait([&l](auto failed, int) {
        if (!failed) l.count = l.started;
    });
    std::deque<connection> all;
    for (std::int64_t i = 0; i < connections; ++i) all.emplace_back(l, to);
    l.io.run();
    for (const auto& one : l.answers)
        std::printf("%ld %d %lld %lld %s\n", one.id, one.code, micros(one.sent),
                    micros(one.answered), one.state.empty() ? "-" : one.state.c_str());
    return l.failed ? 1 : 0;
}
