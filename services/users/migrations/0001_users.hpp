#pragma once

#include "services/kit/migrations.hpp"

namespace postbus::users {

inline constexpr kit::migration create_users_table{.number = 1, .name = "users", .sql = R"sql(
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- an id is never given twice
    name TEXT NOT NULL
);
INSERT INTO users (name) VALUES ('Alice'), ('Bob');
)sql"};

} // namespace postbus::users
