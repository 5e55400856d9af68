#include "services/kit/cursors.hpp"

namespace postbus::kit {

cursors::cursors(sql& db)
    : load_{db, "SELECT database_id, seq FROM postbus_cursors WHERE source = :1"},
      move_{db, "UPDATE postbus_cursors SET database_id = :1, seq = :2 "
                "WHERE source = :3 AND database_id = :4 AND seq = :5"},
      insert_{db, "INSERT INTO postbus_cursors (source, database_id, seq) VALUES (:1, :2, :3)"} {}

cursor cursors::load(const std::string& source) {
    return load_.one(source).value_or(cursor{});
}

bool cursors::move(const std::string& source, const cursor& from, const cursor& to) {
    if (move_.run(to.database, to.seq, source, from.database, from.seq) != 0) return true;
    if (!from.database.empty() || load_.one(source)) return false;
    insert_.run(source, to.database, to.seq);
    return true;
}

} // namespace postbus::kit
