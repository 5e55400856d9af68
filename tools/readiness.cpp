#include "tools/readiness.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace postbus::tools {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr auto pause = 10ms;          // between two looks
constexpr auto patience = 2s;         // for the last of several workers
constexpr auto answer_limit = 1000ms; // for one request
constexpr auto quiet = asio::as_tuple(asio::use_awaitable);

/// The status of `GET path`; 0 when nobody answers.
asio::awaitable<int> http_status(tcp::endpoint where, std::string host, std::string path) {
    const auto executor = co_await asio::this_coro::executor;
    // Shared with the timer's handler, which may run when this function is over.
    const auto socket = std::make_shared<tcp::socket>(executor);
    asio::steady_timer limit{executor, answer_limit};
    limit.async_wait([socket](boost::system::error_code failed) {
        boost::system::error_code ignored;
        if (!failed) socket->close(ignored);
    });
    const auto [refused] = co_await socket->async_connect(where, quiet);
    if (refused) co_return 0;
    const auto request = "GET " + path + " HTTP/1.1\r\nHost: " + host +
                         "\r\nAccept: */*\r\nConnection: close\r\n\r\n";
    const auto [unsent, sent] = co_await asio::async_write(*socket, asio::buffer(request), quiet);
    if (unsent) co_return 0;
    // To the end of the answer: a gateway should not see a client hang up.
    std::string answer;
    co_await asio::async_read(*socket, asio::dynamic_buffer(answer, 1024 * 1024), quiet);
    int status = 0;
    constexpr std::size_t status_at = 9; // "HTTP/1.1 200"
    if (answer.size() >= status_at + 3)
        std::from_chars(answer.data() + status_at, answer.data() + status_at + 3, status);
    co_return status;
}

bool answers(int status) {
    return status != 0 && status != 404 && (status < 502 || status > 504);
}

} // namespace

std::optional<std::vector<std::string>> paths_to_probe(const bus::registry_snapshot& registry,
                                                       const stack_options& options,
                                                       bool patience_over) {
    std::vector<std::string> paths;
    for (const auto& planned : options.workers) {
        if (planned.second == 0) continue;
        const auto wanted = patience_over ? 1 : planned.second;
        const auto entry = std::ranges::find_if(registry.services, [&](const auto& one) {
            return one.description.name == planned.first && one.workers >= wanted;
        });
        if (entry == registry.services.end()) return std::nullopt;
        const auto& operations = entry->description.operations;
        const auto simple = std::ranges::find_if(operations, [](const auto& one) {
            return one.safe && one.method == "GET" && one.path.find('{') == std::string::npos;
        });
        if (simple != operations.end()) paths.push_back(simple->path);
    }
    return paths;
}

class readiness::watch {
public:
    watch(asio::io_context& io, stack_options options, const host_and_port& gateway,
          std::function<void()> on_ready)
        : io_{io}, options_{std::move(options)}, gateway_{gateway.from_here()},
          on_ready_{std::move(on_ready)}, started_{std::chrono::steady_clock::now()} {}

    void heard(const bus::registry_snapshot& registry) { registry_ = registry; }

    /// Ends at its next step once nobody else holds the watch.
    static asio::awaitable<void> look(std::weak_ptr<watch> weak) {
        asio::steady_timer timer{co_await asio::this_coro::executor};
        for (;;) {
            auto self = weak.lock();
            if (!self) co_return;
            const bool all = co_await self->all_answer();
            self.reset();
            if (all) break;
            timer.expires_after(pause);
            co_await timer.async_wait(quiet);
        }
        if (const auto self = weak.lock()) self->on_ready_();
    }

private:
    asio::awaitable<bool> all_answer() {
        const bool patience_over = std::chrono::steady_clock::now() - started_ > patience;
        const auto paths = paths_to_probe(registry_, options_, patience_over);
        if (!paths || !resolve()) co_return false;
        // A gateway without any service has no routes, and never calls itself ready.
        const auto* health = paths->empty() ? "/livez" : "/readyz";
        const int ready = co_await http_status(*address_, gateway_.text(), health);
        if (ready != 200) co_return false;
        for (const auto& path : *paths) {
            const int status = co_await http_status(*address_, gateway_.text(), path);
            if (!answers(status)) co_return false;
        }
        co_return true;
    }

    bool resolve() {
        if (address_) return true;
        boost::system::error_code failed;
        tcp::resolver resolver{io_};
        const auto found = resolver.resolve(gateway_.host, std::to_string(gateway_.port), failed);
        if (!failed && !found.empty()) address_ = found.begin()->endpoint();
        return address_.has_value();
    }

    asio::io_context& io_;
    stack_options options_;
    host_and_port gateway_;
    std::function<void()> on_ready_;
    std::chrono::steady_clock::time_point started_;
    std::optional<tcp::endpoint> address_;
    bus::registry_snapshot registry_;
};

readiness::readiness(asio::io_context& io, const stack_options& options,
                     const host_and_port& gateway, std::function<void()> on_ready)
    : watch_{std::make_shared<watch>(io, options, gateway, std::move(on_ready))},
      subscriber_{std::make_unique<bus::subscriber>(
          io, options.brokers,
          [this](const bus::registry_snapshot& registry) { watch_->heard(registry); })} {
    asio::co_spawn(io, watch::look(watch_), asio::detached);
}

readiness::~readiness() = default;

} // namespace postbus::tools
