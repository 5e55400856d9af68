#include "services/users/store.hpp"

namespace postbus::users {

store::store(kit::sql& db)
    : list_{db, "SELECT id, name FROM users WHERE id > :1 ORDER BY id LIMIT :2"},
      find_{db, "SELECT id, name FROM users WHERE id = :1"},
      add_{db, "users", "INSERT INTO users (name) VALUES (:1)"},
      rename_{db, "UPDATE users SET name = :1 WHERE id = :2"},
      remove_{db, "DELETE FROM users WHERE id = :1"} {}

std::vector<user> store::list(std::int64_t after, std::int64_t limit) {
    return list_.all(after, limit);
}

std::optional<user> store::find(std::int64_t id) {
    return find_.one(id);
}

user store::add(const std::string& name) {
    return {add_.run(name), name};
}

std::optional<user> store::rename(std::int64_t id, const std::string& name) {
    if (rename_.run(name, id) == 0) return std::nullopt;
    return user{id, name};
}

bool store::remove(std::int64_t id) {
    return remove_.run(id) != 0;
}

} // namespace postbus::users
