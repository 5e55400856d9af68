#pragma once

#include "tests/engine.hpp"
#include "tests/integration/http.hpp"
#include "tests/integration/process.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::tests {

class postgres_server;

/// A folder that is gone when the test is.
class temporary_folder {
public:
    temporary_folder();
    ~temporary_folder();
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;

    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

/// A port that nobody listens on, nor on the `count - 1` after it.
std::uint16_t free_ports(int count);

boost::json::value parse_json(std::string_view text);

/// The real programs on ports and in a folder of their own. Everything it started ends with it; if
/// the test failed by then, it shows what they logged. A sanitizer's report in a log fails the
/// test.
class shop {
public:
    /// Its services have their databases in files, or on the tests' own server.
    explicit shop(engine = engine::sqlite);
    /// All databases are on this server, which outlives the shop.
    explicit shop(postgres_server&);
    ~shop();
    shop(const shop&) = delete;
    shop& operator=(const shop&) = delete;

    /// From now on its programs look for these brokers; at first for one on loopback.
    void use_brokers(std::vector<std::string> endpoints);
    /// From now on its programs have keys: those that docs/policy.toml names, in keys(), and its
    /// brokers have a copy of that policy.
    void use_keys();
    std::filesystem::path keys() const { return folder() / "keys"; }
    std::filesystem::path policy() const { return keys() / "policy.toml"; }
    /// Broker, gateway and a worker each of users and orders; waits until both are served.
    void start();
    /// `postbus up` with these addresses and folder; waits until it says that it is ready.
    process& start_up(const std::vector<std::string>& more = {});
    process& start_broker(); ///< the first of them
    process& start_broker(const std::string& endpoint);
    process& start_gateway();
    /// postbus-NAME with this bus and data folder.
    process& start_worker(const std::string& service, const std::vector<std::string>& more = {});
    /// Any program, with the arguments given and nothing else.
    process& start_program(const std::string& name, const std::vector<std::string>& arguments);
    process& broker() { return *broker_; }
    process& gateway() { return *gateway_; }
    /// The worker of that service that was started last.
    process& worker(std::string_view service);

    /// Waits until GET answers 200 for each of the paths.
    bool wait_served(const std::vector<std::string>& paths, milliseconds limit = 10'000ms);
    /// SIGKILL to everything at once.
    void kill_everything();
    /// SIGTERM to gateway, workers, broker, in this order; true when each ended with exit code 0.
    bool stop_everything();

    http_response get(std::string_view path);
    http_response post(std::string_view path, std::string_view body);
    http_response call(std::string_view method, std::string_view path, std::string_view body = {},
                       const http_fields& fields = {});
    /// Runs `postbus WORDS... --bus ...`.
    finished postbus(std::vector<std::string> words, std::string_view input = {});
    /// The workers of a service in `postbus status --json`.
    boost::json::array workers(std::string_view service);

    std::uint16_t http_port() const noexcept { return http_; }
    std::string http() const { return "127.0.0.1:" + std::to_string(http_); }
    const std::string& bus() const { return brokers_.front(); }
    /// Of the first broker; events are at the next.
    std::uint16_t bus_port() const;
    /// What every program but a broker is told of the bus and of its key there.
    std::vector<std::string> bus_flags() const;
    engine on() const noexcept { return databases_.empty() ? engine::sqlite : engine::postgresql; }
    /// The name of the database on the server that users, orders or probe have to themselves; the
    /// others have a schema each.
    const std::string& database(const std::string& service) const { return databases_.at(service); }
    /// Fails the test when a service's file is damaged. What a server does with its files is its
    /// own.
    void check_sound(const std::string& service) const;

    const std::filesystem::path& folder() const noexcept { return folder_.path(); }
    std::filesystem::path data() const { return folder() / "data"; }

private:
    void use(postgres_server&);

    temporary_folder folder_;
    postgres_server* server_ = nullptr;
    std::map<std::string, std::string> databases_; // by service; those on the server
    std::uint16_t http_;
    std::vector<std::string> brokers_;
    std::list<process> processes_;
    process* broker_ = nullptr;
    process* gateway_ = nullptr;
    std::vector<std::pair<std::string, process*>> workers_;
    int started_ = 0;
    bool keyed_ = false;
};

/// Whether an assertion of the running test case has failed so far.
bool test_has_failed();

} // namespace postbus::tests
