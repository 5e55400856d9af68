#include "tests/integration/load.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <random>

namespace postbus::tests {

namespace {

written_order order(std::optional<http_connection>& connection, std::uint16_t port,
                    std::string product) {
    written_order done;
    done.product = std::move(product);
    if (!connection) connection.emplace(port);
    if (!connection->open()) {
        connection.reset();
        done.known = written_order::verdict::refused;
        return done;
    }
    connection->send_request("POST", "/orders", R"({"user":1,"product":")" + done.product + "\"}");
    auto answer = connection->receive();
    if (!answer || answer->field("connection") == "close") connection.reset();
    if (!answer) return done;
    done.status = answer->status;
    done.body = std::move(answer->body);
    if (done.status == 201) done.known = written_order::verdict::accepted;
    else if ((done.status >= 400 && done.status < 500) ||
             done.body.find(R"("outcome":"not-executed")") != std::string::npos)
        done.known = written_order::verdict::refused;
    return done;
}

} // namespace

order_load::order_load(std::uint16_t port, int clients)
    : port_{port}, done_(static_cast<std::size_t>(clients)) {
    for (int i = 0; i < clients; ++i)
        threads_.emplace_back([this, i] { run(i, done_[static_cast<std::size_t>(i)]); });
}

order_load::~order_load() {
    stop();
}

void order_load::run(int client, std::vector<written_order>& done) {
    static std::atomic<int> loads{0};
    const auto mine = "load-" + std::to_string(++loads) + '-' + std::to_string(client) + '-';
    std::optional<http_connection> connection;
    for (int n = 0; !stopping_; ++n) {
        auto& last = done.emplace_back(order(connection, port_, mine + std::to_string(n)));
        if (last.known == written_order::verdict::accepted) ++accepted_;
        else std::this_thread::sleep_for(5ms); // a client that is refused does not hammer
    }
}

bool order_load::wait_for_more(std::size_t count, milliseconds limit) {
    const auto enough = accepted_ + count;
    return eventually(limit, [&] { return accepted_ >= enough; });
}

std::vector<written_order> order_load::stop() {
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    std::vector<written_order> all;
    for (auto& part : done_) all.insert(all.end(), part.begin(), part.end());
    return all;
}

read_load::read_load(std::uint16_t port, int clients, std::vector<std::string> paths)
    : port_{port}, paths_{std::move(paths)}, failed_(static_cast<std::size_t>(clients)) {
    for (auto& mine : failed_) threads_.emplace_back([this, &mine] { run(mine); });
}

read_load::~read_load() {
    stop();
}

void read_load::run(std::vector<std::string>& failed) {
    std::optional<http_connection> connection;
    for (std::size_t n = 0; !stopping_; ++n) {
        const auto& path = paths_[n % paths_.size()];
        if (!connection) connection.emplace(port_);
        connection->send_request("GET", path);
        const auto answer = connection->receive();
        if (!answer || answer->field("connection") == "close") connection.reset();
        if (answer && answer->status == 200) {
            ++answered_;
            continue;
        }
        failed.push_back("GET " + path + ": " +
                         (answer ? std::to_string(answer->status) + ' ' + answer->body : "none"));
        std::this_thread::sleep_for(5ms); // as above
    }
}

std::vector<std::string> read_load::stop() {
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    std::vector<std::string> all;
    for (auto& part : failed_) all.insert(all.end(), part.begin(), part.end());
    return all;
}

void check_all_accepted(const std::vector<written_order>& done) {
    for (const auto& order : done)
        if (order.status != 201) FAIL_CHECK(order.product, ": ", order.status, ' ', order.body);
}

std::map<std::string, int> orders_by_product(shop& s) {
    std::map<std::string, int> found;
    http_connection connection{s.http_port()};
    std::int64_t after = 0;
    for (;;) {
        connection.send_request("GET", "/orders?limit=100&after=" + std::to_string(after));
        const auto answer = connection.receive();
        REQUIRE(answer);
        REQUIRE_MESSAGE(answer->status == 200, answer->body);
        const auto page = parse_json(answer->body);
        for (const auto& order : page.as_array()) {
            after = order.at("id").as_int64();
            ++found[std::string{std::string_view{order.at("product").as_string()}}];
        }
        if (page.as_array().empty()) return found;
    }
}

void check_orders(shop& s, const std::vector<written_order>& attempts) {
    const auto found = orders_by_product(s);
    int lost = 0;
    int doubled = 0;
    int against_its_word = 0;
    for (const auto& attempt : attempts) {
        const auto at = found.find(attempt.product);
        const int times = at == found.end() ? 0 : at->second;
        lost += attempt.known == written_order::verdict::accepted && times == 0;
        against_its_word += attempt.known == written_order::verdict::refused && times != 0;
        doubled += times > 1;
    }
    CAPTURE(statuses(attempts));
    CHECK_EQ(lost, 0);
    CHECK_EQ(doubled, 0);
    CHECK_EQ(against_its_word, 0);
}

std::string statuses(const std::vector<written_order>& attempts) {
    std::map<int, int> counts;
    std::map<int, std::string> examples;
    for (const auto& attempt : attempts) {
        ++counts[attempt.status];
        examples[attempt.status] = attempt.body;
    }
    std::string text;
    for (const auto& [status, count] : counts)
        text += std::to_string(status) + ": " + std::to_string(count) +
                (status == 201 ? "" : " (" + examples[status] + ")") + "; ";
    return text;
}

} // namespace postbus::tests
