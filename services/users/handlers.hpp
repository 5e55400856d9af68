#pragma once

#include "schemas/users_v1.hpp"
#include "services/kit/context.hpp"
#include "services/kit/result.hpp"
#include "services/users/store.hpp"

#include <vector>

namespace postbus::users {

namespace v1 = schemas::users_v1;

kit::result<std::vector<user>> list(store&, const v1::list_users&, kit::context&);
kit::result<user> get(store&, const v1::get_user&);
kit::result<user> create(store&, const v1::create_user&, kit::context&);
kit::result<user> update(store&, const v1::update_user&, kit::context&);
kit::result<void> remove(store&, const v1::delete_user&, kit::context&);

} // namespace postbus::users
