#include "tests/integration/keyed_load.hpp"

#include "tests/integration/load.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

namespace postbus::tests {

namespace {

keyed_answer ask(std::optional<http_connection>& connection, std::uint16_t port,
                 const keyed_post& post, const std::string& name) {
    keyed_answer done{.name = name, .sent = clock::now(), .came = {}, .body = {}};
    if (!connection) connection.emplace(port);
    connection->send_request("POST", post.path, post.body(name),
                             {{"Idempotency-Key", '"' + name + '"'}});
    auto answer = connection->receive();
    done.came = clock::now();
    if (!answer || answer->field("connection") == "close") connection.reset();
    if (!answer) return done;
    done.status = answer->status;
    done.body = std::move(answer->body);
    return done;
}

std::set<std::string> names_of_accepted(const std::vector<keyed_answer>& answers) {
    std::set<std::string> names;
    for (const auto& one : answers)
        if (one.accepted()) names.insert(one.name);
    return names;
}

} // namespace

keyed_post shop_orders() {
    return {"/orders",
            [](const std::string& name) { return R"({"user":1,"product":")" + name + "\"}"; }};
}

keyed_load::keyed_load(std::uint16_t port, int clients, keyed_post post)
    : port_{port}, post_{std::move(post)}, running_{clients} {
    for (int i = 0; i < clients; ++i) threads_.emplace_back([this, i] { run(i); });
}

keyed_load::~keyed_load() {
    stop(0ms);
}

void keyed_load::run(int client) {
    static std::atomic<int> loads{0};
    const auto mine = "keyed-" + std::to_string(++loads) + '-' + std::to_string(client) + '-';
    std::optional<http_connection> connection;
    for (int n = 0; !stopping_; ++n) {
        const auto name = mine + std::to_string(n);
        for (bool accepted = false; !accepted && !give_up_;) {
            auto answer = ask(connection, port_, post_, name);
            accepted = answer.accepted();
            if (accepted) ++accepted_;
            {
                const std::lock_guard lock{guard_};
                answers_.push_back(std::move(answer));
            }
            // A client that is refused does not hammer.
            if (!accepted) std::this_thread::sleep_for(10ms);
        }
    }
    --running_;
}

bool keyed_load::wait_for_more(std::size_t count, milliseconds limit) {
    const auto enough = accepted_ + count;
    return eventually(limit, [&] { return accepted_ >= enough; });
}

double keyed_load::rate(milliseconds time) const {
    const auto before = accepted();
    const auto begun = clock::now();
    std::this_thread::sleep_for(time); // the length of the measurement
    const std::chrono::duration<double> took = clock::now() - begun;
    return static_cast<double>(accepted() - before) / took.count();
}

std::vector<keyed_answer> keyed_load::stop(milliseconds limit) {
    stopping_ = true;
    (void)eventually(limit, [&] { return running_ == 0; });
    give_up_ = true;
    for (auto& one : threads_) one.join();
    threads_.clear();
    return answers_;
}

std::optional<milliseconds> first_accepted(const std::vector<keyed_answer>& answers,
                                           clock::time_point after) {
    std::optional<milliseconds> first;
    for (const auto& one : answers)
        if (one.accepted() && one.came >= after) {
            const auto took = std::chrono::duration_cast<milliseconds>(one.came - after);
            first = first ? std::min(*first, took) : took;
        }
    return first;
}

void check_refusals_say_outcome(const std::vector<keyed_answer>& answers) {
    for (const auto& one : answers) {
        if (one.accepted()) continue;
        const bool clear = (one.status >= 502 && one.status <= 504) &&
                           one.body.find(R"("outcome":")") != std::string::npos;
        if (!clear) FAIL_CHECK(one.name, ": ", one.status, ' ', one.body);
    }
}

std::size_t accepted_names(const std::vector<keyed_answer>& answers) {
    return names_of_accepted(answers).size();
}

void check_once(shop& s, const std::vector<keyed_answer>& answers) {
    const auto found = orders_by_product(s);
    const auto accepted = names_of_accepted(answers);
    CAPTURE(statuses(answers));
    int lost = 0;
    for (const auto& product : accepted) lost += !found.contains(product);
    int doubled = 0;
    for (const auto& [product, times] : found) doubled += times > 1;
    CHECK_EQ(lost, 0);
    CHECK_EQ(doubled, 0);
}

std::string statuses(const std::vector<keyed_answer>& answers) {
    std::map<int, int> counts;
    std::map<int, std::string> examples;
    for (const auto& one : answers) {
        ++counts[one.status];
        examples[one.status] = one.body;
    }
    std::string text;
    for (const auto& [status, count] : counts)
        text += std::to_string(status) + ": " + std::to_string(count) +
                (status == 201 ? "" : " (" + examples[status] + ")") + "; ";
    return text;
}

} // namespace postbus::tests
