#pragma once

#include "services/kit/connection.hpp"
#include "services/kit/outbox.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace postbus::kit {

/// One numbered step of a service's tables, from 1 without gaps. A number that was released never
/// changes. The code's version is the highest number that it knows.
struct migration {
    std::int64_t number = 0;
    std::string_view name;
    std::string_view sql;
    /// The lowest code version that may still run afterwards; 0: only code that knows this step.
    /// A step that only adds names an older one: expand first, contract one release later.
    std::int64_t oldest_code = 0;
    /// What SQL alone cannot do, after it and in its transaction; such as events for the rows that
    /// were there before events were. Null: nothing.
    void (*code)(kit::sql&, outbox&) = nullptr;
};

/// What a database says of itself.
struct database_facts {
    std::string id;      ///< random, from its birth
    std::string service; ///< whose it is
    std::int64_t schema = 0;
    std::int64_t oldest_code = 0;
};

/// A database that this program must not use; what() says which and why, in a line for a person.
struct unusable_database : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Throws std::logic_error unless the numbers are 1, 2, 3, …
void check_numbers(std::span<const migration>);

/// Nothing for a file that is no database of Postbus yet. Throws database_error.
std::optional<database_facts> read_facts(connection&);

/// Brings the database to the newest step, each in a transaction of its own; the first also gives
/// it its identity and the kit's own tables. Only under the write lock, marked as a migration.
/// Throws unusable_database and database_error; what was committed before stays.
database_facts migrate(connection&, std::string_view service, std::span<const migration>);

} // namespace postbus::kit
