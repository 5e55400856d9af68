#pragma once

#include "services/kit/connection.hpp"
#include "services/kit/migrations.hpp"
#include "services/kit/service.hpp"
#include "services/kit/write_lock.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace postbus::kit {

/// A service's database, opened: its file, its write lock, and the one connection that writes.
class database {
public:
    /// Opens the file, creates it when there is none, and brings its tables up to date. Before it
    /// creates one it asks `served_elsewhere` for the id of the database that the service is
    /// already served from (empty: nobody serves it): a worker in the wrong folder must not join
    /// with an empty one. Waits for the write lock while `keep_waiting` says so; nothing when it
    /// stopped saying so. Throws unusable_database with a line for a person.
    static std::unique_ptr<database> open(const std::filesystem::path& file, const service&,
                                          int wake_fd,
                                          const std::function<std::string()>& served_elsewhere,
                                          const std::function<bool()>& keep_waiting);

    /// Under the write lock, for which it waits up to a second: the last close of all moves the
    /// log into the file.
    ~database();

    const std::filesystem::path& file() const noexcept { return file_; }
    const database_facts& facts() const noexcept { return facts_; }
    write_lock& lock() noexcept { return lock_; }
    connection& writer() noexcept { return *writer_; }

private:
    database(std::filesystem::path file, int wake_fd);

    std::filesystem::path file_;
    write_lock lock_;
    std::unique_ptr<connection> writer_;
    database_facts facts_;
};

} // namespace postbus::kit
