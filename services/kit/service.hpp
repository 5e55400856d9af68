#pragma once

#include "services/kit/consumer.hpp"
#include "services/kit/handler_table.hpp"
#include "services/kit/job.hpp"
#include "services/kit/migrations.hpp"
#include "services/kit/store.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace postbus::kit {

/// A whole service: what its author writes.
struct service {
    std::string name; ///< [a-z][a-z0-9-]*, at most 21 characters
    std::uint32_t version = 1;
    std::vector<migration> migrations;
    store_maker store; ///< make_store<my_store>()
    handler_table operations;
    std::vector<consumer> consumers{}; ///< what it does about the events of others
    std::vector<job> jobs{};           ///< what it does by itself now and then
};

} // namespace postbus::kit
