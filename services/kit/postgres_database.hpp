#pragma once

#include "services/kit/database.hpp"
#include "services/kit/postgres_lock.hpp"

#include <optional>

namespace postbus::kit {

/// A service's database on a server, which may be away for a while.
class postgres_database final : public database {
public:
    /// See database::open. The database must exist; its tables are created.
    static std::unique_ptr<database> open(const database_url&, const service&, int wake_fd,
                                          const open_questions&);

    writers_turn& lock() noexcept override { return *lock_; }

private:
    using database::database;

    std::optional<postgres_lock> lock_; // stops before the connection ends
};

} // namespace postbus::kit
