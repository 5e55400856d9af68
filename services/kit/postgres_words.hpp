#pragma once

#include <string>
#include <string_view>

/// SQL is written once, for SQLite; here is what PostgreSQL calls it. Pure.

namespace postbus::kit {

/// A script that makes tables. Types and keywords are those in capitals, outside of texts, names in
/// quotes and comments: INTEGER is BIGINT, TEXT is ordered by bytes as in SQLite, REAL and BLOB are
/// DOUBLE PRECISION and BYTEA, AUTOINCREMENT is an identity, WITHOUT ROWID is nothing.
std::string postgres_script(std::string_view);

/// A statement: its parameters :1, :2 are $1, $2.
std::string postgres_statement(std::string_view);

} // namespace postbus::kit
