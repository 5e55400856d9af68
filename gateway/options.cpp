#include "gateway/options.hpp"

#include "bus/settings.hpp"

#include <charconv>
#include <deque>
#include <iostream>
#include <utility>

namespace postbus::gateway {

namespace {

/// Limits as the numbers that settings read.
class limit_settings {
public:
    explicit limit_settings(bus::settings& settings) : settings_{settings} {}

    void add(const std::string& name, const std::string& help, std::size_t& value,
             std::int64_t minimum, std::int64_t maximum) {
        sizes_.emplace_back(&value, static_cast<std::int64_t>(value));
        settings_.number(name, help, sizes_.back().second, minimum, maximum, key(name));
    }
    void add(const std::string& name, const std::string& help, std::chrono::milliseconds& value) {
        times_.emplace_back(&value, value.count());
        settings_.number(name, help, times_.back().second, 1, 86'400'000, key(name));
    }
    void apply() const {
        for (const auto& [value, number] : sizes_) *value = static_cast<std::size_t>(number);
        for (const auto& [value, number] : times_) *value = std::chrono::milliseconds{number};
    }

private:
    static std::string key(const std::string& name) { return "gateway." + name; }

    bus::settings& settings_;
    std::deque<std::pair<std::size_t*, std::int64_t>> sizes_;
    std::deque<std::pair<std::chrono::milliseconds*, std::int64_t>> times_;
};

void add_limits(limit_settings& all, limits& limit) {
    all.add("max-connections", "open connections at once; more are answered 503", limit.connections,
            1, 1'000'000);
    all.add("max-head-bytes", "request line and fields of a request; more is 431", limit.head_bytes,
            1024, 1024 * 1024);
    all.add("max-head-fields", "fields of a request; more is 431", limit.head_fields, 8, 1000);
    all.add("max-target-bytes", "path and query of a request; more is 414", limit.target_bytes, 64,
            1024 * 1024);
    all.add("max-body-bytes", "body of a request; more is 413", limit.body_bytes, 0,
            16 * 1024 * 1024);
    all.add("max-pipelined-bytes", "read ahead of the request that is being answered",
            limit.pipelined_bytes, 1024, 1024 * 1024);
    all.add("max-waits", "answers a thread holds back at once because of Prefer: wait", limit.waits,
            0, 100'000);
    all.add("head-time-ms", "for a request's head to arrive; then 408", limit.head_time);
    all.add("body-time-ms", "without a byte of a body; then 408", limit.body_time);
    all.add("idle-time-ms", "between two requests of a connection", limit.idle_time);
    all.add("write-time-ms", "without the client taking a byte of an answer", limit.write_time);
    all.add("linger-time-ms", "for the client to close after the last answer", limit.linger_time);
    all.add("half-closed-time-ms", "for the answer to a client that sends no more",
            limit.half_closed_time);
    all.add("drain-time-ms", "to finish open requests at shutdown", limit.drain_time);
}

int refuse(const std::string& why) {
    std::cerr << "postbus-gateway: " << why << '\n';
    return 2;
}

} // namespace

std::optional<http_address> parse_http_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == text.npos || colon == 0) return std::nullopt;
    const auto digits = text.substr(colon + 1);
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    else if (host.find(':') != host.npos) return std::nullopt;
    http_address address{std::string{host}, 0};
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
    if (host.empty() || failed != std::errc{} || end != digits.data() + digits.size())
        return std::nullopt;
    return address;
}

std::optional<int> options::read(int argc, const char* const* argv) {
    bus::settings settings{"postbus-gateway", "Turns HTTP requests into messages on the bus."};
    std::string http_text = "127.0.0.1:3000";
    auto thread_count = static_cast<std::int64_t>(threads);
    settings.text("http", "HOST:PORT to listen on; port 0 takes any free one", http_text);
    settings.brokers(brokers);
    settings.number("threads", "threads that serve connections", thread_count, 1, 256,
                    "gateway.threads");
    settings.toggle("insecure-no-auth",
                    "listen on an address that other machines reach, with no authentication",
                    insecure_no_auth, "gateway.insecure-no-auth");
    std::int64_t descriptor = listen_fd;
    settings.number("listen-fd",
                    "a listening socket that whoever started this program has opened, used instead "
                    "of --http; systemd's first is 3",
                    descriptor, -1, 1'000'000);
    settings.toggle("take-over",
                    "another gateway answers at this socket too: take connections only once the "
                    "routes are known",
                    take_over);
    limit_settings limits_read{settings};
    add_limits(limits_read, limit);
    if (const auto code = settings.parse(argc, argv)) return code;

    limits_read.apply();
    threads = static_cast<std::size_t>(thread_count);
    listen_fd = static_cast<int>(descriptor);
    if (take_over && listen_fd < 0)
        return refuse("--take-over needs --listen-fd: two gateways cannot open one port");
    const auto address = parse_http_address(http_text);
    if (!address)
        return refuse("--http " + http_text +
                      " is no address: give HOST:PORT, for example 127.0.0.1:3000");
    http = *address;
    return std::nullopt;
}

} // namespace postbus::gateway
