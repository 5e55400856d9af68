#include "services/kit/postgres_engine.hpp"

#include "services/kit/postgres_words.hpp"
#include "services/kit/query.hpp"

#include <soci/postgresql/soci-postgresql.h>

#include <spdlog/spdlog.h>

#include <poll.h>

#include <algorithm>
#include <string_view>

namespace postbus::kit {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds statement_limit{500};
constexpr milliseconds lock_limit{450}; // before the statement that waits runs into its own
constexpr milliseconds idle_limit_of_writers{2000};
constexpr milliseconds idle_limit_of_readers{60'000}; // they hold nobody up
constexpr milliseconds connect_limit{2000};
constexpr milliseconds commit_patience{2000}; // disks may be slow; the server gives it any time
constexpr milliseconds lateness{400};         // of an answer, beyond the server's own limit
constexpr milliseconds connect_slice{100};    // so long a worker's turn may wait for a connection
constexpr milliseconds first_pause{20};
constexpr milliseconds longest_pause{1000};
constexpr milliseconds limit_grain{10}; // limits that hardly differ need no round trip

// One lock a database, also where several services keep their tables apart by search_path.
constexpr const char* lock_key = "(5550, coalesce(to_regclass('postbus_database')::oid::int4, 0))";

std::string setting(const std::string& name, const std::string& value) {
    return "-c " + name + '=' + value + ' ';
}

std::string setting(const std::string& name, milliseconds value) {
    return setting(name, std::to_string(value.count()));
}

// What the URL says goes before all but the reader's promise not to write.
std::string options(const std::string& given, open_mode how) {
    const bool reads = how == open_mode::read_only;
    const auto limit = how == open_mode::create ? milliseconds{0} : statement_limit;
    return setting("statement_timeout", limit) + setting("lock_timeout", lock_limit) +
           setting("idle_in_transaction_session_timeout",
                   reads ? idle_limit_of_readers : idle_limit_of_writers) +
           setting("synchronous_commit", "on") + setting("extra_float_digits", "3") +
           setting("jit", "off") +
           // Statements are planned once, by the size a table had then: with a row in it, one page,
           // reading all of it seems best, and stays so when it has a million.
           setting("enable_seqscan", "off") + given + ' ' +
           setting("default_transaction_read_only", reads ? "on" : "off");
}

// For SOCI and libpq: what the URL says, after our defaults and before what has to be so.
std::string full_uri(const database_url& url, open_mode how) {
    std::vector<std::pair<std::string, std::string>> all{
        {"connect_timeout", std::to_string(connect_limit.count() / 1000)},
        {"keepalives_idle", "2"},
        {"keepalives_interval", "1"},
        {"keepalives_count", "2"},
        {"tcp_user_timeout", std::to_string(connect_limit.count())},
        {"application_name", "postbus"}};
    std::string given_options;
    for (auto& [keyword, value] : server_parameters(url)) {
        if (keyword == "options") given_options = std::move(value);
        else all.emplace_back(keyword, std::move(value));
    }
    all.emplace_back("client_encoding", "UTF8");
    all.emplace_back("options", options(given_options, how));
    return server_uri(all);
}

std::string first_line(std::string_view text) {
    return std::string{text.substr(0, text.find('\n'))};
}

// SOCI's first line only says that it failed.
std::string reason(std::string_view text) {
    const auto end = text.find('\n');
    return first_line(end == std::string_view::npos ? text : text.substr(end + 1));
}

soci::session open_session(const database_url& url, open_mode how) {
    const auto server = full_uri(url, how);
    try {
        return soci::session{soci::postgresql, server};
    } catch (const soci::soci_error& e) {
        const auto ping = PQping(server.c_str());
        const bool away = ping == PQPING_NO_RESPONSE || ping == PQPING_REJECT;
        auto why = postgres_fault({}, away, false, reason(e.what()));
        throw database_error{std::move(why)};
    }
}

} // namespace

postgres_engine::postgres_engine(const database_url& url, open_mode how)
    : mode_{how}, where_{url.shown()}, session_(open_session(url, how)), sql_{session_, &guard_},
      lock_time_{lock_limit}, pause_{first_pause} {
    PQsetNoticeProcessor(
        link(), [](void*, const char*) {}, nullptr);
    // Details hold people's data.
    PQsetErrorVerbosity(link(), PQERRORS_TERSE);
    forget_transaction();
}

bool postgres_engine::try_to_write() {
    const auto said = begin(std::string{"SELECT pg_try_advisory_xact_lock"} + lock_key);
    ahead_ = *PQgetvalue(said.get(), 0, 0) == 't';
    if (!ahead_) rollback();
    return ahead_;
}

void postgres_engine::wait_to_write() {
    const auto limit =
        lock_time_ == lock_limit
            ? std::string{}
            : "SET LOCAL lock_timeout = " + std::to_string(lock_time_.count()) + "; ";
    begin(limit + "SELECT pg_advisory_xact_lock" + lock_key);
    ahead_ = true;
}

void postgres_engine::begin_write() {
    if (!ahead_ || !in_transaction()) wait_to_write();
    ahead_ = false;
}

void postgres_engine::begin_read() {
    begin("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
}

// A connection that broke since it was used last is opened again, once.
postgres_engine::result postgres_engine::begin(const std::string& text) {
    const auto whole = "BEGIN ISOLATION LEVEL READ COMMITTED; " + text;
    for (bool again = true;; again = false) {
        reach();
        rollback();
        try {
            return run(whole);
        } catch (const database_error& e) {
            rollback();
            if (!again || !e.fault.lost) throw;
        }
    }
}

void postgres_engine::commit() {
    // COMMIT would undo a transaction that has failed, and call that a success.
    if (!in_transaction() || PQtransactionStatus(link()) == PQTRANS_INERROR) {
        rollback();
        throw database_error{{fault::kind::storage, 0, "COMMIT: the transaction has failed"}};
    }
    if (mode_ != open_mode::create) guard_.limit(commit_patience);
    const auto said = run("COMMIT");
    forget_transaction();
    if (PQcmdStatus(said.get()) != std::string_view{"COMMIT"})
        throw database_error{{fault::kind::storage, 0, "COMMIT: it was undone"}};
}

void postgres_engine::rollback() noexcept {
    forget_transaction();
    const auto status = PQtransactionStatus(link());
    if (lost_ || (status != PQTRANS_INTRANS && status != PQTRANS_INERROR)) return;
    const stall_guard::wait guarded{&guard_};
    PQclear(PQexec(link(), "ROLLBACK"));
}

void postgres_engine::forget_transaction() noexcept {
    ahead_ = false;
    saved_ = false;
    statement_time_ = mode_ == open_mode::create ? milliseconds{0} : statement_limit;
    expect_answers();
}

// A migration may take its time.
void postgres_engine::expect_answers() {
    const auto time = std::max(statement_time_.value_or(statement_limit), statement_limit);
    guard_.limit(mode_ == open_mode::create ? milliseconds{0} : time + lateness);
    guard_.socket(PQsocket(link()));
}

bool postgres_engine::in_transaction() const noexcept {
    if (lost_) return false;
    const auto status = PQtransactionStatus(link());
    return status == PQTRANS_INTRANS || (status == PQTRANS_INERROR && saved_);
}

void postgres_engine::savepoint() {
    run("SAVEPOINT call");
    saved_ = true;
}

void postgres_engine::undo_to_savepoint() {
    // Settings go back too; to what, only the server knows.
    if (statement_time_ != statement_limit) statement_time_.reset();
    run("ROLLBACK TO SAVEPOINT call");
}

void postgres_engine::release_savepoint() {
    run("RELEASE SAVEPOINT call");
    saved_ = false;
}

void postgres_engine::execute(const std::string& script) {
    run(postgres_script(script));
}

bool postgres_engine::has_table(const std::string& name) {
    reach();
    query<std::int64_t(std::string)> tables{sql_, "SELECT count(to_regclass(:1))"};
    return tables.one(name).value_or(0) != 0;
}

void postgres_engine::busy_timeout(milliseconds time) noexcept {
    lock_time_ = std::clamp(time, milliseconds{1}, lock_limit); // 0 would be no limit
}

// Each statement gets the time that is left now. What comes after the handler keeps it: that is the
// kit's own, and short.
void postgres_engine::limit_statements(clock::time_point limit) {
    if (limit == clock::time_point::max() || !in_transaction()) return;
    const auto left = std::chrono::ceil<milliseconds>(limit - clock::now());
    const auto wanted =
        std::max(limit_grain, (left + limit_grain - milliseconds{1}) / limit_grain * limit_grain);
    if (wanted == statement_time_) return;
    run("SET LOCAL statement_timeout = " + std::to_string(wanted.count()));
    statement_time_ = wanted;
    expect_answers();
}

fault postgres_engine::current_fault() {
    fault out;
    try {
        throw;
    } catch (const database_error& e) {
        out = e.fault;
    } catch (const soci::postgresql_soci_error& e) {
        out = postgres_fault(e.sqlstate(), PQstatus(link()) == CONNECTION_BAD,
                             mode_ == open_mode::read_only, first_line(e.get_error_message()));
    } catch (const soci::soci_error& e) {
        out = {fault::kind::bug, 0, e.get_error_message()};
    } catch (...) {
        out = foreign_fault();
    }
    if (out.lost) lose(out.text);
    return out;
}

pg_conn* postgres_engine::link() const noexcept {
    // The session is never without one: it is made with it, and that is then used again and again.
    return static_cast<const soci::postgresql_session_backend*>(
               const_cast<soci::session&>(session_).get_backend())
        ->conn_;
}

postgres_engine::result postgres_engine::run(const std::string& text) {
    result said{nullptr, PQclear};
    {
        const stall_guard::wait guarded{&guard_};
        said.reset(PQexec(link(), text.c_str()));
    }
    const auto status = PQresultStatus(said.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return said;
    const char* state = PQresultErrorField(said.get(), PG_DIAG_SQLSTATE);
    auto why = postgres_fault(state ? state : "", PQstatus(link()) == CONNECTION_BAD,
                              mode_ == open_mode::read_only,
                              text.substr(0, 40) + ": " + first_line(PQerrorMessage(link())));
    if (why.lost) lose(why.text);
    throw database_error{std::move(why)};
}

void postgres_engine::reach() {
    if (PQstatus(link()) != CONNECTION_OK) lose("it is closed");
    if (!lost_) return;
    auto now = clock::now();
    const auto until = now + connect_slice;
    if (!reaching_) start_to_reach(now);
    for (; now < until; now = clock::now()) {
        if (now >= give_up_at_) give_up(now);
        pollfd socket{PQsocket(link()), POLLOUT, 0};
        if (reaching_for_ == PGRES_POLLING_READING) socket.events = POLLIN;
        const auto left = std::chrono::ceil<milliseconds>(std::min(until, give_up_at_) - now);
        if (poll(&socket, 1, static_cast<int>(left.count())) <= 0) continue;
        reaching_for_ = PQresetPoll(link());
        if (reaching_for_ == PGRES_POLLING_FAILED) give_up(now);
        if (reaching_for_ != PGRES_POLLING_OK) continue;
        lost_ = reaching_ = false;
        pause_ = first_pause;
        forget_transaction();
        sql_.reconnected();
        spdlog::info("{}: connected again", where_);
        return;
    }
    refuse();
}

void postgres_engine::lose(const std::string& why) {
    if (!std::exchange(lost_, true)) spdlog::warn("{}: connection lost: {}", where_, why);
}

void postgres_engine::start_to_reach(clock::time_point now) {
    if (now < not_before_) refuse();
    if (PQresetStart(link()) == 0) give_up(now);
    reaching_ = true;
    reaching_for_ = PGRES_POLLING_WRITING;
    give_up_at_ = now + connect_limit;
}

void postgres_engine::give_up(clock::time_point now) {
    reaching_ = false;
    not_before_ = now + pause_;
    pause_ = std::min(2 * pause_, longest_pause);
    refuse();
}

void postgres_engine::refuse() const {
    throw database_error{postgres_fault(
        {}, true, false, where_ + " cannot be reached: " + first_line(PQerrorMessage(link())))};
}

} // namespace postbus::kit
