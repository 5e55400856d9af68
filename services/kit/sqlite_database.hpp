#pragma once

#include "services/kit/database.hpp"
#include "services/kit/write_lock.hpp"

namespace postbus::kit {

/// A service's database in a file, with its write lock beside it.
class sqlite_database final : public database {
public:
    /// See database::open; creates the file and its folder.
    static std::unique_ptr<database> open(const database_url&, const service&, int wake_fd,
                                          const open_questions&);

    /// Under the write lock, for which it waits up to a second: the last close of all moves the
    /// log into the file.
    ~sqlite_database() override;

    writers_turn& lock() noexcept override { return lock_; }

private:
    sqlite_database(const database_url&, int wake_fd);

    write_lock lock_;
};

} // namespace postbus::kit
