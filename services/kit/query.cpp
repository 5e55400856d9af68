#include "services/kit/query.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <array>

namespace postbus::kit::detail {

void check_text(std::string_view text) {
    const auto begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    text.remove_prefix(begin);
    std::string verb;
    for (const auto c : text.substr(0, text.find_first_of(" \t\r\n;(")))
        verb += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    constexpr std::array<std::string_view, 10> forbidden{
        "BEGIN",   "COMMIT", "END",    "ROLLBACK", "SAVEPOINT",
        "RELEASE", "PRAGMA", "ATTACH", "DETACH",   "VACUUM"};
    if (std::find(forbidden.begin(), forbidden.end(), verb) != forbidden.end())
        throw std::logic_error{"a store may not run " + verb + ": the batch it runs in does"};
}

void check_shape(soci::statement& statement, const std::string& text, std::size_t columns,
                 std::size_t parameters) {
    const auto expect = [&](const char* what, std::size_t expected, int found) {
        if (static_cast<int>(expected) != found)
            throw std::logic_error{"the statement has " + std::to_string(found) + ' ' + what +
                                   ", its query type " + std::to_string(expected) + ": " + text};
    };
    expect("columns", columns, statement.get_backend()->prepare_for_describe());
    // Every session here is SQLite's (see connection).
    const auto* backend = static_cast<soci::sqlite3_statement_backend*>(statement.get_backend());
    expect("parameters", parameters, sqlite_api::sqlite3_bind_parameter_count(backend->stmt_));
}

std::int64_t last_key(soci::session& session, const std::string& table) {
    long long key = 0;
    if (!session.get_last_insert_id(table, key))
        throw std::runtime_error{"the key of a new row in " + table + " cannot be read"};
    return key;
}

} // namespace postbus::kit::detail
