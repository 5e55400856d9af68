#include "services/kit/fault.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

namespace postbus::kit {

fault::kind kind_of(int sqlite_code, bool read_only) noexcept {
    switch (sqlite_code & 0xFF) {
    case SQLITE_INTERRUPT: return fault::kind::interrupted;
    case SQLITE_READONLY: return read_only ? fault::kind::bug : fault::kind::storage;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_PERM: return fault::kind::storage;
    default: return fault::kind::bug;
    }
}

bool is_definite(const fault& f) noexcept {
    const auto code = f.code & 0xFF;
    return code == SQLITE_OK || code == SQLITE_FULL || code == SQLITE_BUSY ||
           code == SQLITE_READONLY;
}

std::string describe(const fault& f) {
    if (f.what == fault::kind::interrupted) return "the database took too long for this request";
    switch (f.code & 0xFF) {
    case SQLITE_FULL: return "the database's disk is full";
    case SQLITE_IOERR: return "the database's disk reported an error";
    case SQLITE_READONLY: return "the database cannot be written";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "another program holds the database";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return "the database file is damaged";
    default: return "the database cannot take writes now";
    }
}

} // namespace postbus::kit
