#pragma once

#include "schemas/users_events_v1.hpp"
#include "services/kit/migrations.hpp"
#include "services/users/store.hpp"

namespace postbus::users {

inline void publish_known_users(kit::sql& db, kit::outbox& out) {
    kit::query<user()> all{db, "SELECT id, name FROM users ORDER BY id"};
    for (const auto& one : all.all())
        out.emit(one.id, schemas::users_events_v1::created{one.id, one.name});
}

/// Users have events from here on; those that were there before are published now. Older code
/// would change users without a word.
inline constexpr kit::migration publish_users{
    .number = 2, .name = "events", .sql = "", .code = publish_known_users};

} // namespace postbus::users
