#pragma once

#include "services/kit/query.hpp"

#include <string>

namespace postbus::journal {

/// The journal keeps nothing but its events log, which the kit writes. This is which database that
/// is in.
class store {
public:
    explicit store(kit::sql&);

    const std::string& database(); ///< its id

private:
    kit::query<std::string()> read_id_;
    std::string id_; // read once
};

} // namespace postbus::journal
