#include "services/users/handlers.hpp"

#include "schemas/users_events_v1.hpp"

namespace postbus::users {

namespace {

namespace events = schemas::users_events_v1;
constexpr std::int64_t default_page = 20;

kit::refusal no_user(std::int64_t id) {
    return kit::not_found("there is no user " + std::to_string(id));
}

} // namespace

kit::result<std::vector<user>> list(store& users, const v1::list_users& wanted,
                                    kit::context& call) {
    const auto limit = wanted.limit.value_or(default_page);
    auto found = users.list(wanted.after.value_or(0), limit + 1);
    call.page(found, limit);
    return found;
}

kit::result<user> get(store& users, const v1::get_user& wanted) {
    if (auto found = users.find(wanted.id)) return *std::move(found);
    return no_user(wanted.id);
}

kit::result<user> create(store& users, const v1::create_user& wanted, kit::context& call) {
    auto added = users.add(wanted.name);
    call.emit(added.id, events::created{added.id, added.name});
    return added;
}

kit::result<user> update(store& users, const v1::update_user& wanted, kit::context& call) {
    auto changed = users.rename(wanted.id, wanted.name);
    if (!changed) return no_user(wanted.id);
    call.emit(changed->id, events::renamed{changed->id, changed->name});
    return *std::move(changed);
}

kit::result<void> remove(store& users, const v1::delete_user& wanted, kit::context& call) {
    if (!users.remove(wanted.id)) return no_user(wanted.id);
    call.emit(wanted.id, events::removed{wanted.id});
    return {};
}

} // namespace postbus::users
