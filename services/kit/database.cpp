#include "services/kit/database.hpp"

#include "services/kit/postgres_database.hpp"
#include "services/kit/sqlite_database.hpp"

namespace postbus::kit {

std::unique_ptr<database> database::open(const database_url& url, const service& what, int wake_fd,
                                         const std::function<std::string()>& served_elsewhere,
                                         const std::function<bool()>& keep_waiting) {
    const open_questions ask{served_elsewhere, keep_waiting};
    if (url.kind == database_url::engine::postgresql)
        return postgres_database::open(url, what, wake_fd, ask);
    return sqlite_database::open(url, what, wake_fd, ask);
}

bool may_create(const database_url& url, const service& what, const open_questions& ask,
                const std::function<bool()>& still_missing) {
    const auto served = ask.served_elsewhere();
    if (!served.empty() && still_missing())
        throw unusable_database{"'" + what.name + "' is already served from database " + served +
                                ", and there is no database at " + url.shown() +
                                "; start it with the --data or --db of its other workers"};
    return ask.keep_waiting();
}

} // namespace postbus::kit
