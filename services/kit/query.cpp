#include "services/kit/query.hpp"

#include "services/kit/fault.hpp"
#include "services/kit/postgres_words.hpp"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <array>
#include <memory>

namespace postbus::kit::detail {

namespace {

struct shape {
    int columns = 0;
    int parameters = 0;
};

shape sqlite_shape(soci::statement& statement) {
    auto* const backend = static_cast<soci::sqlite3_statement_backend*>(statement.get_backend());
    return {backend->prepare_for_describe(),
            sqlite_api::sqlite3_bind_parameter_count(backend->stmt_)};
}

soci::postgresql_statement_backend& postgres_backend(soci::statement& statement) {
    return *static_cast<soci::postgresql_statement_backend*>(statement.get_backend());
}

// SOCI's own way to describe a statement is to run it.
shape postgres_shape(soci::statement& statement) {
    auto& backend = postgres_backend(statement);
    const std::unique_ptr<PGresult, decltype(&PQclear)> said{
        PQdescribePrepared(backend.session_.conn_, backend.statementName_.c_str()), PQclear};
    if (PQresultStatus(said.get()) != PGRES_COMMAND_OK)
        throw soci::postgresql_soci_error{PQerrorMessage(backend.session_.conn_), "     "};
    return {PQnfields(said.get()), PQnparams(said.get())};
}

} // namespace

void check_text(std::string_view text) {
    const auto begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    text.remove_prefix(begin);
    std::string verb;
    for (const auto c : text.substr(0, text.find_first_of(" \t\r\n;(")))
        verb += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    constexpr std::array<std::string_view, 15> forbidden{
        "BEGIN",  "START",  "COMMIT", "END",    "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE",
        "PRAGMA", "ATTACH", "DETACH", "VACUUM", "SET",      "RESET", "DISCARD"};
    if (std::find(forbidden.begin(), forbidden.end(), verb) != forbidden.end())
        throw std::logic_error{"a store may not run " + verb + ": the batch it runs in does"};
}

bool is_postgres(soci::session& session) {
    return session.get_backend_name() == "postgresql";
}

void prepare(soci::session& session, soci::statement& statement, const std::string& text,
             std::size_t columns, std::size_t parameters) {
    const bool postgres = is_postgres(session);
    // SOCI names the parameters in its errors. Those it does not find written its own way it must
    // be told, or the error is lost.
    if (postgres)
        for (std::size_t i = 1; i <= parameters; ++i)
            postgres_backend(statement).names_.push_back(std::to_string(i));
    statement.prepare(postgres ? postgres_statement(text) : text);
    const auto [found_columns, found_parameters] =
        postgres ? postgres_shape(statement) : sqlite_shape(statement);
    const auto expect = [&](const char* what, std::size_t expected, int found) {
        if (static_cast<int>(expected) != found)
            throw std::logic_error{"the statement has " + std::to_string(found) + ' ' + what +
                                   ", its query type " + std::to_string(expected) + ": " + text};
    };
    expect("columns", columns, found_columns);
    expect("parameters", parameters, found_parameters);
}

void forget(soci::session& session, soci::statement& statement) {
    if (is_postgres(session)) postgres_backend(statement).statementName_.clear();
}

void refuse_nul(const std::string& text) {
    if (text.find('\0') == std::string::npos) return;
    fault why{fault::kind::unstorable, 0, "a text with a NUL character"};
    why.told = "a text has a NUL character, which the database cannot store";
    throw database_error{std::move(why)};
}

std::int64_t last_key(soci::session& session, const std::string& table) {
    long long key = 0;
    if (!session.get_last_insert_id(table, key))
        throw std::runtime_error{"the key of a new row in " + table + " cannot be read"};
    return key;
}

} // namespace postbus::kit::detail
