#include "services/journal/store.hpp"

namespace postbus::journal {

store::store(kit::sql& db) : read_id_{db, "SELECT id FROM postbus_database"} {}

const std::string& store::database() {
    if (id_.empty()) id_ = read_id_.one().value();
    return id_;
}

} // namespace postbus::journal
