#include "services/kit/sqlite_engine.hpp"

#include "services/kit/query.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include <array>
#include <utility>

namespace postbus::kit {

namespace {

using namespace sqlite_api;
using clock = std::chrono::steady_clock;

constexpr int truncate_timeout_ms = 20; // a checkpoint must not wait for a long reader
constexpr int instructions_between_looks = 1000;
constexpr std::uint64_t frame_header = 24;

fault fault_of(sqlite3* db, int code, const char* doing, bool read_only) {
    const auto extended = db ? sqlite3_extended_errcode(db) : code;
    const auto exact = (extended & 0xFF) == (code & 0xFF) ? extended : code;
    const auto* said = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    return sqlite_fault(exact, read_only, std::string{doing} + ": " + said);
}

} // namespace

struct sqlite_engine::control {
    enum class statement : std::size_t {
        begin_write,
        begin_read,
        commit,
        savepoint,
        release,
        undo,
    };
    static constexpr std::size_t count = 6;
    static constexpr std::array<const char*, count> text{
        "BEGIN IMMEDIATE", "BEGIN", "COMMIT", "SAVEPOINT call", "RELEASE call", "ROLLBACK TO call"};

    control(const std::filesystem::path& file, open_mode how)
        : read_only{how == open_mode::read_only} {
        int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
        flags |= read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
        if (how == open_mode::create) flags |= SQLITE_OPEN_CREATE;
        if (const auto failed = sqlite3_open_v2(file.c_str(), &db, flags, nullptr);
            failed != SQLITE_OK) {
            auto why = fault_of(db, failed, file.c_str(), read_only);
            sqlite3_close_v2(db);
            throw database_error{std::move(why)};
        }
    }

    void run(const char* script) const {
        if (const auto failed = sqlite3_exec(db, script, nullptr, nullptr, nullptr);
            failed != SQLITE_OK)
            throw database_error{fault_of(db, failed, script, read_only)};
    }

    void prepare() {
        for (std::size_t i = 0; i < count; ++i)
            if (const auto failed = sqlite3_prepare_v3(db, text[i], -1, SQLITE_PREPARE_PERSISTENT,
                                                       &statements[i], nullptr);
                failed != SQLITE_OK)
                throw database_error{fault_of(db, failed, text[i], read_only)};
    }

    void step(statement which) {
        auto* const prepared = statements[static_cast<std::size_t>(which)];
        const auto code = sqlite3_step(prepared);
        if (code == SQLITE_DONE) {
            sqlite3_reset(prepared);
            return;
        }
        auto why = fault_of(db, code, text[static_cast<std::size_t>(which)], read_only);
        sqlite3_reset(prepared);
        throw database_error{std::move(why)};
    }

    // The session closes the connection; before that, nothing may be left that points here.
    ~control() {
        for (auto* prepared : statements) sqlite3_finalize(prepared);
        sqlite3_wal_hook(db, nullptr, nullptr);
        sqlite3_progress_handler(db, 0, nullptr, nullptr);
    }
    control(const control&) = delete;
    control& operator=(const control&) = delete;

    sqlite3* db = nullptr;
    bool read_only;
    std::array<sqlite3_stmt*, count> statements{};
    clock::time_point limit = clock::time_point::max();
    int busy_timeout_ms = 2000;
    std::uint64_t page_size = 4096;
    std::uint64_t wal_frames = 0;
};

// SOCI's connection string cannot hold every path (spaces, '='), nor its open the flags needed
// here; so the session opens nothing, and is handed the connection opened above.
sqlite_engine::sqlite_engine(const std::filesystem::path& file, open_mode how)
    : session_{soci::sqlite3, ":memory:"}, sql_{session_},
      read_only_{how == open_mode::read_only}, control_{std::make_unique<control>(file, how)} {
    auto* const backend = static_cast<soci::sqlite3_session_backend*>(session_.get_backend());
    sqlite3_close(std::exchange(backend->conn_, control_->db));

    auto* const c = control_.get();
    sqlite3_busy_timeout(c->db, c->busy_timeout_ms);
    if (how == open_mode::create) c->run("PRAGMA journal_mode=WAL");
    // The hook takes the place of the automatic checkpoint, which it also switches off.
    sqlite3_wal_hook(
        c->db,
        [](void* self, sqlite3*, const char*, int frames) {
            static_cast<control*>(self)->wal_frames = static_cast<std::uint64_t>(frames);
            return SQLITE_OK;
        },
        c);
    c->run("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON");
    sqlite3_progress_handler(
        c->db, instructions_between_looks,
        [](void* self) {
            const auto limit = static_cast<control*>(self)->limit;
            return static_cast<int>(limit != clock::time_point::max() && clock::now() > limit);
        },
        c);
    c->prepare();
    sqlite3_stmt* size = nullptr;
    if (sqlite3_prepare_v2(c->db, "PRAGMA page_size", -1, &size, nullptr) == SQLITE_OK &&
        sqlite3_step(size) == SQLITE_ROW)
        c->page_size = static_cast<std::uint64_t>(sqlite3_column_int64(size, 0));
    sqlite3_finalize(size);
}

sqlite_engine::~sqlite_engine() {
    rollback();
}

void sqlite_engine::begin_write() {
    control_->step(control::statement::begin_write);
}

void sqlite_engine::begin_read() {
    control_->step(control::statement::begin_read);
}

void sqlite_engine::commit() {
    close_cursors();
    control_->step(control::statement::commit);
}

void sqlite_engine::rollback() noexcept {
    close_cursors();
    if (in_transaction()) sqlite3_exec(control_->db, "ROLLBACK", nullptr, nullptr, nullptr);
}

bool sqlite_engine::in_transaction() const noexcept {
    return sqlite3_get_autocommit(control_->db) == 0;
}

void sqlite_engine::savepoint() {
    control_->step(control::statement::savepoint);
}

void sqlite_engine::release_savepoint() {
    control_->step(control::statement::release);
}

void sqlite_engine::undo_to_savepoint() {
    close_cursors();
    control_->step(control::statement::undo);
}

void sqlite_engine::close_cursors() noexcept {
    for (auto* s = sqlite3_next_stmt(control_->db, nullptr); s;
         s = sqlite3_next_stmt(control_->db, s))
        if (sqlite3_stmt_busy(s)) sqlite3_reset(s);
}

void sqlite_engine::execute(const std::string& script) {
    control_->run(script.c_str());
}

bool sqlite_engine::has_table(const std::string& name) {
    query<std::int64_t(std::string)> tables{
        sql_, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = :1"};
    return tables.one(name).value_or(0) != 0;
}

void sqlite_engine::busy_timeout(std::chrono::milliseconds timeout) noexcept {
    control_->busy_timeout_ms = static_cast<int>(timeout.count());
    sqlite3_busy_timeout(control_->db, control_->busy_timeout_ms);
}

void sqlite_engine::limit_statements(clock::time_point limit) noexcept {
    control_->limit = limit;
}

fault sqlite_engine::current_fault() {
    try {
        throw;
    } catch (const database_error& e) {
        return e.fault;
    } catch (const soci::sqlite3_soci_error& e) {
        const auto extended = sqlite3_extended_errcode(control_->db);
        const auto code = (extended & 0xFF) == (e.result() & 0xFF) ? extended : e.result();
        // what() would add the parameters: people's data, at any length.
        return sqlite_fault(code, read_only_, e.get_error_message());
    } catch (const soci::soci_error& e) {
        return {fault::kind::bug, 0, e.get_error_message()};
    } catch (...) {
        return foreign_fault();
    }
}

std::uint64_t sqlite_engine::wal_bytes() const noexcept {
    return control_->wal_frames * (control_->page_size + frame_header);
}

bool sqlite_engine::run_checkpoint(checkpoint_kind how) {
    const bool truncate = how == checkpoint_kind::truncate;
    sqlite3_busy_timeout(control_->db, truncate ? truncate_timeout_ms : 0);
    int frames = 0;
    int moved = 0;
    const auto code = sqlite3_wal_checkpoint_v2(
        control_->db, nullptr, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
        &frames, &moved);
    auto why = fault_of(control_->db, code, "checkpoint", read_only_);
    sqlite3_busy_timeout(control_->db, control_->busy_timeout_ms);
    if (code != SQLITE_OK && (code & 0xFF) != SQLITE_BUSY) throw database_error{std::move(why)};
    // What is moved is free again: the next writer starts at the beginning once readers let go.
    if (frames >= 0) control_->wal_frames = static_cast<std::uint64_t>(frames);
    return code == SQLITE_OK && frames == moved;
}

void sqlite_engine::keep_wal_at_close() noexcept {
    sqlite3_db_config(control_->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

} // namespace postbus::kit
