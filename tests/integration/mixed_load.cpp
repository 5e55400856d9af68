#include "tests/integration/mixed_load.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace postbus::tests {

namespace {

std::string order_of(const std::string& product) {
    return R"({"user":1,"product":")" + product + "\"}";
}

http_fields key_of(const std::string& product) {
    return {{"Idempotency-Key", '"' + product + '"'}};
}

written_order::verdict verdict_on(const http_response& answer) {
    if (answer.status == 200 || answer.status == 201) return written_order::verdict::accepted;
    const bool refused = (answer.status >= 400 && answer.status < 500) ||
                         answer.body.find(R"("outcome":"not-executed")") != std::string::npos;
    return refused ? written_order::verdict::refused : written_order::verdict::unknown;
}

} // namespace

mixed_load::mixed_load(std::uint16_t port, int clients, int a_second)
    : port_{port}, pause_{std::chrono::microseconds{1'000'000} * clients / a_second},
      done_(static_cast<std::size_t>(clients)) {
    for (int i = 0; i < clients; ++i)
        threads_.emplace_back([this, i] { run(i, done_[static_cast<std::size_t>(i)]); });
}

mixed_load::~mixed_load() {
    stop();
}

void mixed_load::run(int client, std::vector<request>& done) {
    static std::atomic<int> loads{0};
    const auto mine = "mixed-" + std::to_string(++loads) + '-' + std::to_string(client) + '-';
    std::optional<http_connection> connection;
    auto next = clock::now();
    for (int n = 0; !stopping_; ++n) {
        next = std::max(next + pause_, clock::now() - 10 * pause_);
        std::this_thread::sleep_until(next); // that is its rate
        if (!connection) connection.emplace(port_);
        auto& last = done.emplace_back();
        last.what = static_cast<kind>(n % 3);
        last.done.product = mine + std::to_string(n);
        const auto begun = clock::now();
        if (last.what == kind::read) connection->send_request("GET", "/orders/1");
        else
            connection->send_request("POST", "/orders", order_of(last.done.product),
                                     last.what == kind::keyed ? key_of(last.done.product)
                                                              : http_fields{});
        auto answer = connection->receive();
        last.ms = std::chrono::duration<double, std::milli>{clock::now() - begun}.count();
        if (!answer || answer->field("connection") == "close") connection.reset();
        if (!answer) continue;
        last.done.status = answer->status;
        last.done.known = verdict_on(*answer);
        last.done.body = std::move(answer->body);
        ++answered_;
    }
}

bool mixed_load::wait_for_more(std::size_t count, milliseconds limit) {
    const auto enough = answered_ + count;
    return eventually(limit, [&] { return answered_ >= enough; });
}

std::vector<mixed_load::request> mixed_load::stop() {
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    std::vector<request> all;
    for (auto& part : done_) all.insert(all.end(), part.begin(), part.end());
    return all;
}

failures failures_of(const std::vector<mixed_load::request>& done, mixed_load::kind what) {
    failures out;
    for (const auto& one : done) {
        if (one.what != what) continue;
        ++out.all;
        if (one.done.known == written_order::verdict::accepted) continue;
        ++out.failed;
        out.example = std::to_string(one.done.status) + ' ' + one.done.body;
    }
    return out;
}

void check_nothing_failed(const std::vector<mixed_load::request>& done) {
    for (const auto what :
         {mixed_load::kind::read, mixed_load::kind::keyed, mixed_load::kind::plain}) {
        const auto found = failures_of(done, what);
        CAPTURE(static_cast<int>(what));
        CAPTURE(found.example);
        CHECK_EQ(found.failed, 0);
    }
}

std::vector<written_order> writes_of(const std::vector<mixed_load::request>& done) {
    std::vector<written_order> out;
    for (const auto& one : done)
        if (one.what != mixed_load::kind::read) out.push_back(one.done);
    return out;
}

double time_at(const std::vector<mixed_load::request>& done, double share) {
    std::vector<double> times;
    for (const auto& one : done) times.push_back(one.ms);
    if (times.empty()) return 0;
    std::ranges::sort(times);
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
}

std::string figures(const std::vector<mixed_load::request>& done) {
    using kind = mixed_load::kind;
    std::string out;
    for (const auto& [what, name] :
         {std::pair{kind::read, "reads"}, {kind::keyed, "keyed"}, {kind::plain, "plain"}}) {
        const auto found = failures_of(done, what);
        out += std::string{name} + ' ' + std::to_string(found.all) + " (" +
               std::to_string(found.failed) + " failed" +
               (found.failed == 0 ? "" : ", such as " + found.example) + "), ";
    }
    for (const auto& [share, name] :
         {std::pair{0.5, "p50 "}, {0.99, "p99 "}, {0.999, "p99.9 "}, {1.0, "max "}})
        out += name + std::to_string(time_at(done, share)) + " ms ";
    return out;
}

void check_keys(shop& s, const std::vector<mixed_load::request>& done, std::size_t count) {
    std::size_t looked = 0;
    std::size_t different = 0;
    for (std::size_t i = 0; i < done.size() && looked < count; i += 1 + done.size() / count / 4) {
        const auto& one = done[i];
        if (one.what != mixed_load::kind::keyed || one.done.status != 201) continue;
        ++looked;
        const auto again =
            s.call("POST", "/orders", order_of(one.done.product), key_of(one.done.product));
        different += again.status != 201 || again.body != one.done.body;
    }
    CHECK_GT(looked, 0);
    CHECK_EQ(different, 0);
}

} // namespace postbus::tests
