#include "tests/integration/broker_set.hpp"

#include <boost/json/array.hpp>
#include <doctest/doctest.h>

namespace postbus::tests {

broker_set::broker_set(shop& its, int count)
    : shop_{its}, first_{free_ports(2 * count)}, brokers_(static_cast<std::size_t>(count)) {}

std::string broker_set::address(std::size_t which) const {
    return "tcp://127.0.0.1:" + std::to_string(first_ + 2 * which);
}

std::vector<std::string> broker_set::words() const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < size(); ++i) out.insert(out.end(), {"--bus", address(i)});
    return out;
}

process& broker_set::start(std::size_t which, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"--bus", address(which)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return *(brokers_[which] = &shop_.start_program("postbus-broker", arguments));
}

void broker_set::start_all() {
    for (std::size_t i = 0; i < size(); ++i) start(i);
}

process& broker_set::start_gateway() {
    auto arguments = words();
    arguments.insert(arguments.end(), {"--http", shop_.http()});
    return shop_.start_program("postbus-gateway", arguments);
}

process& broker_set::start_worker(const std::string& service,
                                  const std::vector<std::string>& more) {
    return shop_.start_program("postbus-" + service, words_of_worker(more));
}

std::vector<std::string> broker_set::words_of_worker(const std::vector<std::string>& more) const {
    auto out = words();
    out.insert(out.end(), {"--data", shop_.data().string()});
    out.insert(out.end(), more.begin(), more.end());
    return out;
}

process& broker_set::start_worker_at(std::size_t which, const std::string& service) {
    return shop_.start_program("postbus-" + service,
                               {"--bus", address(which), "--data", shop_.data().string()});
}

void broker_set::start_shop(int workers) {
    start_all();
    for (int i = 0; i < workers; ++i)
        for (const auto* service : {"users", "orders"}) start_worker(service);
    start_gateway();
    REQUIRE(shop_.wait_served({"/users", "/orders"}));
}

void broker_set::start_probes(std::size_t workers) {
    start_all();
    for (std::size_t i = 0; i < workers; ++i)
        shop_.start_program("probe-service", words_of_worker());
    start_gateway();
    REQUIRE(shop_.wait_served({"/brisk"}));
    for (std::size_t which = 0; which < size(); ++which)
        REQUIRE(eventually(5000ms, [&] { return workers_at(which, "probe") == workers; }));
}

finished broker_set::postbus(std::vector<std::string> words) {
    const auto mine = this->words();
    words.insert(words.end(), mine.begin(), mine.end());
    return run("postbus", words, shop_.folder());
}

std::size_t broker_set::workers_at(std::size_t which, const std::string& service) {
    const auto status =
        run("postbus", {"status", "--json", "--bus", address(which)}, shop_.folder());
    if (status.code != 0) return 0;
    const auto said = parse_json(status.out);
    for (const auto& entry : said.at("services").as_array())
        if (std::string_view{entry.at("name").as_string()} == service)
            return entry.at("workers").as_array().size();
    return 0;
}

} // namespace postbus::tests
