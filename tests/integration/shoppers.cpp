#include "tests/integration/shoppers.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>

namespace postbus::tests {

namespace {

// The card takes amounts up to 666 books.
constexpr std::int64_t most = 600;

/// How often each (user, quantity) is there.
std::map<std::pair<std::int64_t, std::int64_t>, int> orders_of(shop& s) {
    std::map<std::pair<std::int64_t, std::int64_t>, int> found;
    http_connection connection{s.http_port()};
    for (std::int64_t after = 0;;) {
        connection.send_request("GET", "/orders?limit=100&after=" + std::to_string(after));
        const auto answer = connection.receive();
        REQUIRE(answer);
        REQUIRE_MESSAGE(answer->status == 200, answer->body);
        const auto page = parse_json(answer->body);
        if (page.as_array().empty()) return found;
        for (const auto& one : page.as_array()) {
            after = one.at("id").as_int64();
            ++found[{one.at("user").as_int64(),
                     one.at("items").as_array()[0].at("quantity").as_int64()}];
        }
    }
}

} // namespace

shoppers::shoppers(std::uint16_t port, int clients, std::uint64_t seed) : port_{port} {
    for (int i = 0; i < clients; ++i)
        threads_.emplace_back([this, i, seed] { run(seed + static_cast<std::uint64_t>(i)); });
}

shoppers::~shoppers() {
    stop();
}

double shoppers::rate(milliseconds time) const {
    const auto before = accepted();
    const auto begun = clock::now();
    std::this_thread::sleep_for(time); // the length of the measurement
    const std::chrono::duration<double> took = clock::now() - begun;
    return static_cast<double>(accepted() - before) / took.count();
}

std::vector<attempt> shoppers::stop() {
    stopping_ = true;
    for (auto& one : threads_) one.join();
    threads_.clear();
    return done_;
}

void shoppers::run(std::uint64_t seed) {
    std::mt19937_64 random{seed};
    std::optional<http_connection> connection;
    std::int64_t user = 0;
    for (std::int64_t quantity = most; !stopping_; ++quantity) {
        if (quantity >= most) {
            user = 0;
            quantity = 1;
        }
        while (user == 0 && !stopping_) user = new_user(connection);
        if (stopping_) return;
        const auto [known, id] = order(connection, user, quantity);
        {
            const std::lock_guard lock{guard_};
            done_.push_back({user, quantity, known});
        }
        if (known == written_order::verdict::accepted) ++accepted_;
        else std::this_thread::sleep_for(5ms); // a client that is refused does not hammer
        if (id != 0 && random() % 5 == 0) {
            std::this_thread::sleep_for(milliseconds{random() % 15}); // at any step of its way
            call(connection, "POST", "/orders/" + std::to_string(id) + "/cancel", "");
        }
    }
}

std::optional<http_response> shoppers::call(std::optional<http_connection>& connection,
                                            std::string_view method, const std::string& path,
                                            const std::string& body) {
    if (!connection) connection.emplace(port_);
    if (!connection->open()) {
        connection.reset();
        return http_response{}; // nobody there: certainly refused
    }
    connection->send_request(method, path, body);
    auto answer = connection->receive();
    if (!answer || answer->field("connection") == "close") connection.reset();
    if (answer && answer->body.find("disk is full") != std::string::npos) ++met_full_disk_;
    return answer;
}

std::int64_t shoppers::new_user(std::optional<http_connection>& connection) {
    const auto answer = call(connection, "POST", "/users", R"({"name":"shopper"})");
    if (answer && answer->status == 201) return parse_json(answer->body).at("id").as_int64();
    std::this_thread::sleep_for(20ms); // as above
    return 0;
}

std::pair<written_order::verdict, std::int64_t>
shoppers::order(std::optional<http_connection>& connection, std::int64_t user,
                std::int64_t quantity) {
    using verdict = written_order::verdict;
    const auto answer =
        call(connection, "POST", "/orders",
             R"({"user":)" + std::to_string(user) + R"(,"items":[{"product":"Book","quantity":)" +
                 std::to_string(quantity) + "}]}");
    if (!answer) return {verdict::unknown, 0};
    if (answer->status == 201)
        return {verdict::accepted, parse_json(answer->body).at("id").as_int64()};
    const bool certain = answer->status < 500 ||
                         answer->body.find(R"("outcome":"not-executed")") != std::string::npos;
    return {certain ? verdict::refused : verdict::unknown, 0};
}

void check_attempts(shop& s, const std::vector<attempt>& done) {
    const auto found = orders_of(s);
    int lost = 0;
    int doubled = 0;
    int against_its_word = 0;
    for (const auto& one : done) {
        const auto at = found.find({one.user, one.quantity});
        const int times = at == found.end() ? 0 : at->second;
        lost += one.known == written_order::verdict::accepted && times == 0;
        against_its_word += one.known == written_order::verdict::refused && times != 0;
        doubled += times > 1;
    }
    CHECK_EQ(lost, 0);
    CHECK_EQ(doubled, 0);
    CHECK_EQ(against_its_word, 0);
}

} // namespace postbus::tests
