#include "services/users/service.hpp"

#include "services/users/handlers.hpp"
#include "services/users/migrations/0001_users.hpp"
#include "services/users/migrations/0002_events.hpp"

namespace postbus::users {

kit::service service() {
    using kit::read, kit::write;
    return {
        .name = "users",
        .version = 1,
        .migrations = {create_users_table, publish_users},
        .store = kit::make_store<store>(),
        .operations =
            {
                read("users.list", "GET /users", list).summary("List users"),
                read("users.get", "GET /users/{id}", get).summary("Show a user"),
                write("users.create", "POST /users", create)
                    .created_at("/users/{id}")
                    .summary("Add a user"),
                write("users.update", "PATCH /users/{id}", update).summary("Rename a user"),
                write("users.delete", "DELETE /users/{id}", remove).summary("Remove a user"),
            },
    };
}

} // namespace postbus::users
