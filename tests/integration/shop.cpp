#include "tests/integration/shop.hpp"

#include "tests/integration/loopback.hpp"
#include "tests/integration/sqlite.hpp"
#include "tests/postgres_server.hpp"
#include "tests/source_dir.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <random>
#include <stdexcept>
#include <system_error>

namespace postbus::tests {

namespace {

bool can_listen(std::uint16_t port) {
    const int fd = tcp_socket();
    const bool good = listen_at(fd, port);
    close(fd);
    return good;
}

bool on_loopback(const std::string& endpoint) {
    return endpoint.starts_with("tcp://127.");
}

std::string tail(const std::string& text) {
    constexpr std::size_t most = 6000;
    return text.size() <= most ? text : "...\n" + text.substr(text.size() - most);
}

bool sanitizer_complained(const std::string& log) {
    for (const auto* sign : {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
                             "WARNING: ThreadSanitizer", "runtime error: "})
        if (log.find(sign) != std::string::npos) return true;
    return false;
}

} // namespace

temporary_folder::temporary_folder() {
    auto text = (std::filesystem::temp_directory_path() / "postbus-test-XXXXXX").string();
    if (mkdtemp(text.data()) == nullptr)
        throw std::system_error{errno, std::generic_category(), "mkdtemp"};
    path_ = text;
}

temporary_folder::~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::uint16_t free_ports(int count) {
    // Below the range that the system takes for outgoing connections.
    static std::mt19937 random{std::random_device{}()};
    for (int attempt = 0; attempt < 1000; ++attempt) {
        const auto first = static_cast<std::uint16_t>(10'000 + random() % 22'000);
        bool all = true;
        for (int i = 0; i < count && all; ++i)
            all = can_listen(static_cast<std::uint16_t>(first + i));
        if (all) return first;
    }
    throw std::runtime_error{"no free ports"};
}

boost::json::value parse_json(std::string_view text) {
    boost::json::error_code failed;
    auto value = boost::json::parse({text.data(), text.size()}, failed);
    if (failed) throw std::runtime_error{"not JSON: " + std::string{text}};
    return value;
}

// In one go: two choices could meet.
shop::shop(engine on)
    : http_{free_ports(3)}, brokers_{"tcp://127.0.0.1:" + std::to_string(http_ + 1)} {
    std::filesystem::create_directory(data());
    if (on == engine::postgresql) use(postgres_server::shared());
}

shop::shop(postgres_server& server) : shop{engine::sqlite} {
    use(server);
}

void shop::use(postgres_server& server) {
    server_ = &server;
    std::ofstream settings{folder() / "postbus.toml"};
    const auto put = [&](const std::string& service, const std::string& url) {
        settings << "[services." << service << "]\ndb = \"" << url << "\"\n";
    };
    for (const auto* service : {"users", "orders", "probe"})
        put(service, server.url(databases_[service] = server.create_database()));
    for (const auto* service : {"catalog", "payments", "journal"})
        put(service, server.create_schema());
}

shop::~shop() {
    kill_everything();
    for (const auto& [service, name] : databases_) server_->give_back(name);
    for (const auto& it : processes_)
        CHECK_MESSAGE(!sanitizer_complained(it.err()), it.name(), "'s sanitizer complained");
    if (!test_has_failed() && std::uncaught_exceptions() == 0) return;
    for (const auto& it : processes_)
        std::cerr << "---- " << it.name() << " stdout\n"
                  << tail(it.out()) << "---- " << it.name() << " stderr\n"
                  << tail(it.err());
    std::cerr << "----" << std::endl;
}

process& shop::start_program(const std::string& name, const std::vector<std::string>& arguments) {
    return processes_.emplace_back(std::to_string(++started_) + "." + name, program(name),
                                   arguments, folder());
}

process& shop::start_up(const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"up",  "--http", http(),         "--bus",
                                       bus(), "--data", data().string()};
    if (keyed_)
        arguments.insert(arguments.end(),
                         {"--bus-key", keys().string(), "--bus-policy", policy().string()});
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto& up = start_program("postbus", arguments);
    REQUIRE(eventually(15'000ms, [&] { return up.out().find("ready") != std::string::npos; }));
    return up;
}

void shop::use_brokers(std::vector<std::string> endpoints) {
    brokers_ = std::move(endpoints);
}

void shop::use_keys() {
    const auto made = run("postbus",
                          {"keys", "make", "broker", "gateway", "postbus", "users", "catalog",
                           "orders", "payments", "journal", "--folder", keys().string()},
                          folder());
    REQUIRE_MESSAGE(made.code == 0, made.err);
    std::filesystem::copy_file(std::string{POSTBUS_SOURCE_DIR} + "/docs/policy.toml", policy());
    keyed_ = true;
}

// The one place that knows what it takes to be let in.
std::uint16_t shop::bus_port() const {
    return static_cast<std::uint16_t>(std::stoi(bus().substr(bus().rfind(':') + 1)));
}

std::vector<std::string> shop::bus_flags() const {
    std::vector<std::string> flags;
    for (const auto& endpoint : brokers_) flags.insert(flags.end(), {"--bus", endpoint});
    if (keyed_) flags.insert(flags.end(), {"--bus-key", keys().string()});
    else if (!on_loopback(bus())) flags.emplace_back("--insecure-bus");
    return flags;
}

process& shop::start_broker() {
    return start_broker(bus());
}

process& shop::start_broker(const std::string& endpoint) {
    std::vector<std::string> arguments{"--bus", endpoint};
    if (keyed_)
        arguments.insert(arguments.end(),
                         {"--bus-key", keys().string(), "--bus-policy", policy().string()});
    else if (!on_loopback(endpoint)) arguments.emplace_back("--insecure-bus");
    return *(broker_ = &start_program("postbus-broker", arguments));
}

process& shop::start_gateway() {
    auto arguments = bus_flags();
    arguments.insert(arguments.end(), {"--http", http()});
    return *(gateway_ = &start_program("postbus-gateway", arguments));
}

process& shop::start_worker(const std::string& service, const std::vector<std::string>& more) {
    auto arguments = bus_flags();
    arguments.insert(arguments.end(), {"--data", data().string()});
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto& started = start_program("postbus-" + service, arguments);
    workers_.emplace_back(service, &started);
    return started;
}

void shop::start() {
    start_broker();
    start_worker("users");
    start_worker("orders");
    start_gateway();
    REQUIRE(wait_served({"/users", "/orders"}));
}

process& shop::worker(std::string_view service) {
    const auto last = std::find_if(workers_.rbegin(), workers_.rend(),
                                   [&](const auto& one) { return one.first == service; });
    if (last != workers_.rend()) return *last->second;
    throw std::logic_error{"no such worker was started"};
}

bool shop::wait_served(const std::vector<std::string>& paths, milliseconds limit) {
    return eventually(limit, [&] {
        for (const auto& path : paths) {
            const auto answer = http_call(http_, "GET", path);
            if (!answer || answer->status != 200) return false;
        }
        return true;
    });
}

void shop::kill_everything() {
    for (auto& it : processes_) it.send(SIGKILL);
    for (auto& it : processes_) it.kill();
}

bool shop::stop_everything() {
    bool clean = gateway_ == nullptr || gateway_->stop() == 0;
    for (auto& [service, it] : workers_) clean &= !it->running() || it->stop() == 0;
    return clean & (broker_ == nullptr || broker_->stop() == 0);
}

void shop::check_sound(const std::string& service) const {
    if (databases_.empty()) CHECK_EQ(integrity(data() / (service + ".db")), "ok");
}

http_response shop::call(std::string_view method, std::string_view path, std::string_view body,
                         const http_fields& fields) {
    auto answer = http_call(http_, method, path, body, fields);
    REQUIRE_MESSAGE(answer.has_value(), "no answer to ", std::string{method}, ' ',
                    std::string{path});
    return std::move(*answer);
}

http_response shop::get(std::string_view path) {
    return call("GET", path);
}

http_response shop::post(std::string_view path, std::string_view body) {
    return call("POST", path, body);
}

finished shop::postbus(std::vector<std::string> words, std::string_view input) {
    const auto flags = bus_flags();
    words.insert(words.end(), flags.begin(), flags.end());
    return run("postbus", words, folder(), 15'000ms, input);
}

boost::json::array shop::workers(std::string_view service) {
    const auto status = postbus({"status", "--json"});
    REQUIRE_MESSAGE(status.code == 0, status.err);
    const auto said = parse_json(status.out);
    for (const auto& entry : said.at("services").as_array())
        if (std::string_view{entry.at("name").as_string()} == service)
            return entry.at("workers").as_array();
    return {};
}

} // namespace postbus::tests
