#pragma once

#include "services/kit/connection.hpp"
#include "services/kit/migrations.hpp"
#include "services/kit/service.hpp"
#include "services/kit/writers_turn.hpp"

#include <functional>
#include <memory>
#include <string>

namespace postbus::kit {

/// What opening a database may ask.
struct open_questions {
    /// The id of the database that the service is already served from; empty: nobody serves it.
    std::function<std::string()> served_elsewhere;
    std::function<bool()> keep_waiting;
};

/// A service's database, opened: where it is, whose turn it is to write, and the one connection
/// that writes.
class database {
public:
    /// Opens it, creates it when there is none, and brings its tables up to date. Before it creates
    /// one it asks from where the service is served: a worker that was pointed at the wrong place
    /// must not join with an empty one. Waits for its server, and for the write lock, while
    /// `keep_waiting` says so; nothing when it stopped saying so. Throws unusable_database with a
    /// line for a person.
    static std::unique_ptr<database> open(const database_url&, const service&, int wake_fd,
                                          const std::function<std::string()>& served_elsewhere,
                                          const std::function<bool()>& keep_waiting);

    virtual ~database() = default;
    database(const database&) = delete;
    database& operator=(const database&) = delete;

    const database_url& url() const noexcept { return url_; }
    const database_facts& facts() const noexcept { return facts_; }
    connection& writer() noexcept { return *writer_; }
    virtual writers_turn& lock() noexcept = 0;

protected:
    explicit database(database_url url) : url_{std::move(url)} {}

    database_url url_;
    std::unique_ptr<connection> writer_;
    database_facts facts_;
};

/// Asks whether the service is served from elsewhere, and throws unusable_database if so and the
/// database is `still_missing`. Then whether to go on.
bool may_create(const database_url&, const service&, const open_questions&,
                const std::function<bool()>& still_missing);

} // namespace postbus::kit
