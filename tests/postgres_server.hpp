#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace postbus::tests {

/// A PostgreSQL server of our own, on loopback, in a temporary folder, with its files synced as in
/// earnest. Runs as the user postgres when we are root. Dies with this process at the latest.
class postgres_server {
public:
    postgres_server();
    /// In an empty folder that is all its own, and whose parents everybody may pass.
    explicit postgres_server(std::filesystem::path folder);
    ~postgres_server();
    postgres_server(const postgres_server&) = delete;
    postgres_server& operator=(const postgres_server&) = delete;

    /// The one that the tests of this program share; started when it is first asked for.
    static postgres_server& shared();

    void start();            ///< and waits for answers
    void wait_for_answers(); ///< while it recovers; throws std::runtime_error after a minute
    void stop_immediately(); ///< as a crash does
    bool running();
    pid_t pid() const noexcept { return pid_; }
    std::uint16_t port() const noexcept { return port_; }

    /// An empty database; gives its name.
    std::string create_database();
    /// Takes it back for others, also while it is in use: to make one takes a second.
    void give_back(const std::string& name);
    /// An empty schema, as good as a database and made in no time; gives its URL.
    std::string create_schema();
    std::string url(const std::string& database) const;
    /// The first value that the statement yields; throws std::runtime_error when it fails.
    std::string ask(const std::string& database, const std::string& statement) const;

private:
    std::filesystem::path folder_;
    std::uint16_t port_;
    int databases_ = 0;
    std::vector<std::string> spare_;
    pid_t pid_ = -1;
};

} // namespace postbus::tests
