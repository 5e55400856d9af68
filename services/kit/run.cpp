#include "services/kit/run.hpp"

#include "bus/heap.hpp"
#include "bus/notify.hpp"
#include "bus/settings.hpp"
#include "bus/stop_signal.hpp"
#include "bus/worker.hpp"
#include "services/kit/built_in.hpp"
#include "services/kit/database.hpp"
#include "services/kit/database_url.hpp"
#include "services/kit/turn.hpp"
#include "services/kit/wake.hpp"

#include <spdlog/spdlog.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <optional>
#include <thread>

namespace postbus::kit {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds idle{250};
constexpr auto longest_drain = std::chrono::seconds{5};
constexpr milliseconds between_connections{200};
constexpr auto quiet_wait = std::chrono::seconds{1}; // before "waiting for a broker" is said

struct options {
    std::vector<bus::endpoint> brokers{bus::endpoint{}};
    std::string data = "data";
    std::string db;
    std::int64_t slow_threads = 4;
    std::int64_t wal_limit_mib = 1024;
};

std::optional<int> read_settings(int argc, const char* const* argv, const service& what,
                                 options& out) {
    bus::settings settings{"postbus-" + what.name, "A worker of the service " + what.name + "."};
    const auto prefix = "services." + what.name + '.';
    settings.brokers(out.brokers);
    settings.text("data", "folder of the databases", out.data);
    settings.text("db",
                  "the database: PATH, or postgresql://USER@HOST:PORT/NAME; default: sqlite:DATA/" +
                      what.name + ".db",
                  out.db, prefix + "db");
    settings.number("slow-threads", "threads for slow operations", out.slow_threads, 1, 64,
                    prefix + "slow-threads");
    settings.number("wal-limit-mib", "MiB of an SQLite log from which writes are refused",
                    out.wal_limit_mib, 8, 1 << 20, prefix + "wal-limit-mib");
    return settings.parse(argc, argv);
}

std::string addresses(const std::vector<bus::endpoint>& brokers) {
    std::string out;
    for (const auto& one : brokers) out += (out.empty() ? "" : ", ") + one.requests();
    return out;
}

bus::service_description describe(const service& what, const database& db) {
    return {what.name, what.version, db.facts().id, what.operations.facts()};
}

/// Says when a broker is missing, and when it is there again.
class connection_log {
public:
    explicit connection_log(std::string brokers) : brokers_{std::move(brokers)} {}

    void look(bool connected, clock::time_point now) {
        if (connected) {
            if (!connected_) spdlog::info("connected to {}", brokers_);
            since_ = now;
            said_ = false;
        } else if (!said_ && now - since_ >= quiet_wait) {
            spdlog::warn("waiting for a broker at {}", brokers_);
            said_ = true;
        }
        connected_ = connected;
    }

private:
    std::string brokers_;
    bool connected_ = false;
    bool said_ = false;
    clock::time_point since_ = clock::now();
};

/// Tells whoever started this process (bus/notify.hpp), once, that it takes requests: every broker
/// has taken it in. One that has not soon after another did counts as dead.
class ready_notice {
public:
    void look(const bus::worker& worker, clock::time_point now) {
        if (said_ || !worker.accepted()) return;
        if (!accepted_at_) accepted_at_ = now;
        if (worker.accepted_everywhere() || now - *accepted_at_ >= wait_for_others)
            said_ = bus::notify("READY=1");
    }

private:
    static constexpr auto wait_for_others = std::chrono::seconds{2};

    std::optional<clock::time_point> accepted_at_;
    bool said_ = false;
};

/// Serves until a signal, a refusal or a migration ends it. The exit code.
int serve(bus::worker& worker, turn& work, bus::stop_signal& stop, connection_log& log,
          const database& db) {
    ready_notice notice;
    while (!stop.arrived()) {
        work.step(idle);
        log.look(worker.connected(), clock::now());
        notice.look(worker, clock::now());
        if (!worker.refused().empty()) {
            spdlog::error("refused: {} (this worker's database is {} in {})", worker.refused(),
                          db.facts().id, db.url().shown());
            return 1;
        }
        if (work.outdated()) {
            spdlog::error("{} now needs a newer version of this program", db.url().shown());
            return 1;
        }
    }
    return 0;
}

/// False when something was still running after the limit.
bool drain(bus::worker& worker, turn& work, bus::stop_signal& stop) {
    bus::notify("STOPPING=1");
    worker.drain();
    const auto until = clock::now() + longest_drain;
    while (clock::now() < until && !(worker.drained() && work.empty())) {
        work.step(milliseconds{20});
        stop.arrived();
    }
    const bool done = work.empty();
    worker.close();
    return done;
}

std::unique_ptr<database> open_database(const database_url& url, const service& what,
                                        const options& given, const wake& wake,
                                        bus::stop_signal& stop, connection_log& log) {
    const auto keep_waiting = [&] {
        log.look(false, clock::now());
        return !stop.arrived();
    };
    const auto served_elsewhere = [&] {
        return bus::served_database(given.brokers, what.name, keep_waiting);
    };
    return database::open(url, what, wake.event_fd(), served_elsewhere,
                          [&] { return !stop.arrived(); });
}

int work_on(const database_url& url, const service& what, const options& given) {
    bus::stop_signal stop; // before any thread: they inherit the blocked mask
    const wake wake{stop.fd()};
    connection_log log{addresses(given.brokers)};
    const auto db = open_database(url, what, given, wake, stop, log);
    if (!db) return 0; // told to stop while it waited
    bus::worker worker{{.brokers = given.brokers}, describe(what, *db)};
    std::optional<turn> work;
    const turn_options limits{
        .brokers = given.brokers,
        .wal = wal_limits::of(static_cast<std::uint64_t>(given.wal_limit_mib) << 20U),
        .slow_threads = static_cast<std::size_t>(given.slow_threads)};
    while (!work) {
        try {
            work.emplace(worker, what, *db, wake, limits);
        } catch (const database_error& e) { // its connections come to a server that may have gone
            if (!e.fault.lost) throw;
            if (stop.arrived()) return 0;
            // Nothing tells when it comes back: it is tried again.
            std::this_thread::sleep_for(between_connections);
        }
    }
    spdlog::info("serving {} from {} (database {}) as worker {}", what.name, url.shown(),
                 db->facts().id, worker.instance());
    const auto code = serve(worker, *work, stop, log, *db);
    const bool refused = !worker.refused().empty();
    if (refused) worker.close();
    else if (!drain(worker, *work, stop)) {
        spdlog::warn("stopped with a slow operation still running");
        spdlog::shutdown();
        ::_exit(code); // its thread cannot be joined; the database needs no farewell
    }
    work.reset();
    spdlog::info("stopped");
    return code;
}

} // namespace

int run(int argc, const char* const* argv, service what) {
    bus::keep_heap();
    ::umask(S_IRWXG | S_IRWXO); // what is in the databases is their owner's
    options given;
    if (const auto ended = read_settings(argc, argv, what, given)) return *ended;
    const auto url = given.db.empty()
                         ? database_url{std::filesystem::path{given.data} / (what.name + ".db")}
                         : parse_database_url(given.db, what.name);
    if (url.kind == database_url::engine::unknown ||
        (url.kind == database_url::engine::sqlite && url.file.empty())) {
        // It may hold a password: only the scheme is repeated.
        spdlog::error("--db {}…: not a database; give PATH, sqlite:PATH, or "
                      "postgresql://USER@HOST:PORT/NAME",
                      given.db.substr(0, given.db.find(':') + 1));
        return 2;
    }
    try {
        check_numbers(what.migrations);
        what.operations.check(what.store.type);
        for (const auto& one : what.consumers) one.check(what.store.type);
        what.operations.add(built_in_operations(what.name));
        return work_on(url, what, given);
    } catch (const std::exception& e) {
        spdlog::error("{}", e.what());
        return 1;
    }
}

} // namespace postbus::kit
