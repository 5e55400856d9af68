#include "tests/postgres_server.hpp"

#include <arpa/inet.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace postbus::tests {

namespace {

constexpr auto longest_start = std::chrono::seconds{60};

std::filesystem::path programs() {
    const std::filesystem::path versions = "/usr/lib/postgresql";
    std::filesystem::path newest;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator{versions, none})
        if (std::filesystem::exists(entry.path() / "bin/initdb"))
            newest = std::max(newest, entry.path() / "bin");
    if (newest.empty()) throw std::runtime_error{"no PostgreSQL server: install `postgresql`"};
    return newest;
}

// A server refuses to run as root.
const passwd* other_user() {
    if (getuid() != 0) return nullptr;
    const auto* user = getpwnam("postgres");
    if (!user) throw std::runtime_error{"no user `postgres`: install `postgresql`"};
    return user;
}

pid_t start_program(std::vector<std::string> words, const std::filesystem::path& folder) {
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const auto log = folder / "log";
    const auto* user = other_user();
    const auto parent = getpid();
    const pid_t pid = fork();
    if (pid != 0) return pid;
    setpgid(0, 0); // Ctrl-C is for the tests
    if (user &&
        (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT); // an immediate shutdown; after setuid, which undoes it
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (getppid() != parent || chdir(folder.c_str()) != 0 || out < 0) _exit(126);
    dup2(out, 1);
    dup2(out, 2);
    close_range(3, ~0U, 0);
    execv(arguments[0], arguments.data());
    _exit(127);
}

std::uint16_t free_port() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // Below the range that the system takes for outgoing connections.
    auto port = static_cast<std::uint16_t>(10'000 + getpid() % 20'000);
    for (at.sin_port = htons(port); bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0;)
        at.sin_port = htons(++port);
    close(fd);
    return port;
}

std::filesystem::path own_folder() {
    auto name = (std::filesystem::temp_directory_path() / "postbus-test-pg-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error{"mkdtemp " + name};
    return name;
}

} // namespace

postgres_server::postgres_server() : postgres_server{own_folder()} {}

postgres_server::postgres_server(std::filesystem::path folder)
    : folder_{std::move(folder)}, port_{free_port()} {
    if (const auto* user = other_user();
        user && chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0)
        throw std::runtime_error{"chown " + folder_.string()};
    int status = -1;
    waitpid(start_program({programs() / "initdb", "-D", folder_ / "data", "-A", "trust", "-U",
                           "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"},
                          folder_),
            &status, 0);
    if (status != 0) throw std::runtime_error{"initdb failed; see " + (folder_ / "log").string()};
    start();
}

postgres_server::~postgres_server() {
    stop_immediately();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

postgres_server& postgres_server::shared() {
    static postgres_server one;
    return one;
}

void postgres_server::start() {
    // After a crash it would sync each of its thousands of files singly.
    pid_ =
        start_program({programs() / "postgres", "-D", folder_ / "data", "-p", std::to_string(port_),
                       "-k", folder_, "-h", "127.0.0.1", "-c", "shared_buffers=16MB", "-c",
                       "max_connections=150", "-c", "recovery_init_sync_method=syncfs"},
                      folder_);
    wait_for_answers();
}

void postgres_server::wait_for_answers() {
    const auto until = std::chrono::steady_clock::now() + longest_start;
    while (PQping(url("postgres").c_str()) != PQPING_OK) {
        if (std::chrono::steady_clock::now() > until || !running())
            throw std::runtime_error{"no server; see " + (folder_ / "log").string()};
        std::this_thread::sleep_for(std::chrono::milliseconds{20}); // nothing tells
    }
}

bool postgres_server::running() {
    if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    return pid_ > 0;
}

void postgres_server::stop_immediately() {
    if (!running()) return;
    kill(pid_, SIGQUIT);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

std::string postgres_server::create_database() {
    if (!spare_.empty()) {
        auto name = std::move(spare_.back());
        spare_.pop_back();
        return name;
    }
    auto name = "test_" + std::to_string(++databases_);
    ask("postgres", "CREATE DATABASE " + name);
    return name;
}

void postgres_server::give_back(const std::string& name) {
    ask("postgres",
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '" + name +
            "'");
    ask(name, "SET client_min_messages = warning; "
              "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    spare_.push_back(name);
}

std::string postgres_server::create_schema() {
    auto name = "test_" + std::to_string(++databases_);
    ask("postgres", "CREATE SCHEMA " + name);
    return url("postgres") + "?options=-csearch_path%3D" + name;
}

std::string postgres_server::url(const std::string& database) const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(port_) + '/' + database;
}

std::string postgres_server::ask(const std::string& database, const std::string& statement) const {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> link{PQconnectdb(url(database).c_str()),
                                                            PQfinish};
    const std::unique_ptr<PGresult, decltype(&PQclear)> said{PQexec(link.get(), statement.c_str()),
                                                             PQclear};
    const auto status = PQresultStatus(said.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw std::runtime_error{statement + ": " + PQerrorMessage(link.get())};
    return PQntuples(said.get()) > 0 ? PQgetvalue(said.get(), 0, 0) : "";
}

} // namespace postbus::tests
