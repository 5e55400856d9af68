#include "tests/integration/steady_load.hpp"

#include <doctest/doctest.h>

#include <optional>

namespace postbus::tests {

namespace {

constexpr milliseconds pause{2}; // the pace of a client, not a wait

} // namespace

steady_request shop_request(std::size_t n, const std::string& name) {
    const auto user = R"({"name":")" + name + "\"}";
    switch (n % 6) {
    case 0: return {"GET", "/users?limit=5"};
    case 1: return {"POST", "/users", user, {}, 201, true};
    case 2: return {"GET", "/orders/1"};
    case 3: return {"POST", "/users", user, {{"Idempotency-Key", '"' + name + '"'}}, 201, true};
    case 4: return {"POST", "/orders", R"({"user":1,"product":"Book"})", {}, 201};
    default: return {"GET", "/users/1"};
    }
}

steady_load::steady_load(std::uint16_t port, int clients, steady_script script)
    : port_{port}, script_{std::move(script)}, results_(static_cast<std::size_t>(clients)) {
    for (int i = 0; i < clients; ++i)
        threads_.emplace_back([this, i] { run(i, results_[static_cast<std::size_t>(i)]); });
}

steady_load::~steady_load() {
    stop();
}

void steady_load::run(int number, steady_result& seen) {
    static std::atomic<int> loads{0};
    const auto mine = "steady-" + std::to_string(++loads) + '-' + std::to_string(number) + '-';
    const bool keeps = number % 2 == 0;
    std::optional<http_connection> connection;
    for (std::size_t n = 0; !stopping_; ++n) {
        const auto name = mine + std::to_string(n);
        const auto wanted = script_(n, name);
        if (!connection) connection.emplace(port_);
        connection->send_request(wanted.method, wanted.path, wanted.body, wanted.fields);
        const auto answer = connection->receive();
        if (!answer || !keeps || answer->field("connection") == "close") connection.reset();
        if (answer && answer->status == wanted.wanted) {
            ++answered_;
            ++seen.answered;
            if (wanted.makes) ++seen.made[name];
        } else {
            seen.failed.push_back(
                std::string{wanted.method} + ' ' + wanted.path +
                (keeps ? " (kept connection): " : ": ") +
                (answer ? std::to_string(answer->status) + ' ' + answer->body : "no answer"));
        }
        std::this_thread::sleep_for(pause); // that is its rate
    }
}

bool steady_load::wait_for_more(std::size_t answers, milliseconds limit) {
    const auto enough = answered_ + answers;
    return eventually(limit, [&] { return answered_ >= enough; });
}

steady_result steady_load::stop() {
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    steady_result all;
    for (auto& part : results_) {
        all.answered += part.answered;
        all.failed.insert(all.failed.end(), part.failed.begin(), part.failed.end());
        all.made.merge(part.made);
    }
    return all;
}

std::string steady_result::text() const {
    auto out = std::to_string(answered) + " requests answered, " + std::to_string(failed.size()) +
               " failed";
    for (std::size_t i = 0; i < failed.size() && i < 10; ++i) out += "\n  " + failed[i];
    return out;
}

void check_users(shop& s, const steady_result& result) {
    std::map<std::string, std::size_t> there;
    http_connection connection{s.http_port()};
    for (std::int64_t after = 0;;) {
        connection.send_request("GET", "/users?limit=100&after=" + std::to_string(after));
        const auto answer = connection.receive();
        REQUIRE(answer);
        REQUIRE_MESSAGE(answer->status == 200, answer->body);
        const auto page = parse_json(answer->body);
        if (page.as_array().empty()) break;
        for (const auto& user : page.as_array()) {
            after = user.at("id").as_int64();
            ++there[std::string{std::string_view{user.at("name").as_string()}}];
        }
    }
    for (const auto& made : result.made) {
        const auto at = there.find(made.first);
        CHECK_MESSAGE((at != there.end() && at->second == 1 && made.second == 1), made.first);
    }
}

} // namespace postbus::tests
