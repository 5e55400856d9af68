#pragma once

#include "schemas/users_v1.hpp"
#include "services/kit/query.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postbus::users {

using schemas::users_v1::user;

/// The users' table.
class store {
public:
    explicit store(kit::sql&);

    /// In the order of their ids, those above `after`.
    std::vector<user> list(std::int64_t after, std::int64_t limit);
    std::optional<user> find(std::int64_t id);
    user add(const std::string& name);
    /// Nothing: there is no such user.
    std::optional<user> rename(std::int64_t id, const std::string& name);
    bool remove(std::int64_t id); ///< false: there is no such user

private:
    kit::query<user(std::int64_t, std::int64_t)> list_;
    kit::query<user(std::int64_t)> find_;
    kit::insertion<std::string> add_;
    kit::query<void(std::string, std::int64_t)> rename_;
    kit::query<void(std::int64_t)> remove_;
};

} // namespace postbus::users
