#include "services/kit/sqlite_database.hpp"

#include <unistd.h>

#include <system_error>

namespace postbus::kit {

namespace {

constexpr auto longest_wait_to_close = std::chrono::seconds{1};

std::filesystem::path lock_file(const std::filesystem::path& file) {
    auto out = file;
    return out += ".lock";
}

// Says what is wrong with the folder before anything else is asked or made. The folder may be
// missing; then the nearest one above it that is there must allow it to be made.
void check_folder(const std::filesystem::path& file) {
    auto folder = std::filesystem::absolute(file).parent_path();
    while (!std::filesystem::exists(folder) && folder.has_relative_path())
        folder = folder.parent_path();
    const auto refuse = [&](const std::string& why) {
        throw unusable_database{"the data folder " + file.parent_path().string() +
                                " cannot be used: " + folder.string() + ' ' + why};
    };
    if (!std::filesystem::is_directory(folder)) refuse("is not a folder");
    if (access(folder.c_str(), W_OK | X_OK) != 0) refuse("is not writable");
}

void make_folder(const std::filesystem::path& file) {
    std::error_code failed;
    if (const auto folder = file.parent_path(); !folder.empty())
        std::filesystem::create_directories(folder, failed);
    if (failed)
        throw unusable_database{"the data folder " + file.parent_path().string() +
                                " cannot be made: " + failed.message()};
}

} // namespace

sqlite_database::sqlite_database(const database_url& url, int wake_fd)
    : database{url}, lock_{lock_file(url.file), wake_fd} {}

sqlite_database::~sqlite_database() {
    const auto until = std::chrono::steady_clock::now() + longest_wait_to_close;
    const auto in_time = [&] { return std::chrono::steady_clock::now() < until; };
    if (writer_ && !lock_.acquire(in_time)) writer_->keep_wal_at_close();
    writer_.reset();
}

std::unique_ptr<database> sqlite_database::open(const database_url& url, const service& what,
                                                int wake_fd, const open_questions& ask) {
    const auto& file = url.file;
    check_folder(file);
    // Asked before anything is made: the wrong folder stays as it was.
    const auto is_missing = [&] { return !std::filesystem::exists(file); };
    // Workers that start together meet here: one of them may have made it meanwhile.
    if (is_missing() && !may_create(url, what, ask, is_missing)) return nullptr;
    const bool missing = is_missing();
    make_folder(file);

    try {
        auto out = std::unique_ptr<sqlite_database>{new sqlite_database{url, wake_fd}};
        if (!out->lock_.acquire(ask.keep_waiting, write_lock::purpose::migration)) return nullptr;
        out->writer_ = std::make_unique<connection>(url, connection::mode::create);
        // A file that some crash left without an identity is as good as none.
        if (!missing && !read_facts(*out->writer_) &&
            !may_create(url, what, ask, [] { return true; }))
            return nullptr;
        out->facts_ = migrate(*out->writer_, what.name, what.migrations);
        out->lock_.release();
        return out;
    } catch (const unusable_database& e) {
        throw unusable_database{file.string() + " cannot be used: " + e.what()};
    } catch (const database_error& e) {
        throw unusable_database{file.string() + " cannot be used: " + e.what()};
    } catch (const std::system_error& e) { // the lock file
        throw unusable_database{std::string{e.what()}};
    }
}

} // namespace postbus::kit
