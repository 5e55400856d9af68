#include "services/kit/postgres_database.hpp"

#include "services/kit/query.hpp"

#include <spdlog/spdlog.h>

#include <thread>
#include <utility>

namespace postbus::kit {

namespace {

constexpr int most_refusals = 3;
constexpr auto between_tries = std::chrono::milliseconds{200};

// Workers that start together migrate one after the other: a lock of the session that does, beside
// the one that each step takes to keep writers out.
constexpr const char* try_migration_lock =
    "SELECT CASE WHEN pg_try_advisory_lock(5550, hashtext(current_schema())) THEN 1 ELSE 0 END";

// Nothing: told to stop.
std::optional<database_facts> bring_up_to_date(connection& db, const database_url& url,
                                               const service& what, const open_questions& ask) {
    const auto is_missing = [&] { return !read_facts(db); };
    if (is_missing() && !may_create(url, what, ask, is_missing)) return std::nullopt;
    query<std::int64_t()> lock{db.sql(), try_migration_lock};
    while (lock.one() != 1) {
        if (!ask.keep_waiting()) return std::nullopt;
        // To wait inside the server would leave no way to be told to stop.
        std::this_thread::sleep_for(between_tries);
    }
    return migrate(db, what.name, what.migrations);
}

} // namespace

std::unique_ptr<database> postgres_database::open(const database_url& url, const service& what,
                                                  int wake_fd, const open_questions& ask) {
    bool said = false;
    // Nothing tells when a server that is away comes back: it is tried again.
    for (int refusals = 0;; std::this_thread::sleep_for(between_tries)) {
        std::unique_ptr<connection> db;
        fault why;
        try {
            db = std::make_unique<connection>(url, connection::mode::create);
            const auto facts = bring_up_to_date(*db, url, what, ask);
            if (!facts) return nullptr;
            auto out = std::unique_ptr<postgres_database>{new postgres_database{url}};
            out->writer_ = std::make_unique<connection>(url, connection::mode::read_write);
            out->lock_.emplace(*out->writer_, url.shown(), wake_fd);
            out->facts_ = *facts;
            return out;
        } catch (const unusable_database&) {
            throw;
        } catch (const database_error& e) {
            why = e.fault;
        } catch (...) {
            why = db->current_fault();
        }
        // A connection that was only cut looks like one that was refused.
        if (!why.lost && ++refusals == most_refusals)
            throw unusable_database{url.shown() + " cannot be used: " + why.text};
        if (why.lost && !std::exchange(said, true))
            spdlog::warn("waiting for the database {}: {}", url.shown(), why.text);
        if (!ask.keep_waiting()) return nullptr;
    }
}

} // namespace postbus::kit
