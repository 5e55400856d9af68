#include "services/kit/fault.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include <new>

namespace postbus::kit {

namespace {

constexpr std::string_view too_long = "the database took too long for this request";
constexpr std::string_view full = "the database's disk is full";
constexpr std::string_view unwritable = "the database cannot be written";
constexpr std::string_view held = "another program holds the database";
constexpr std::string_view damaged = "the database file is damaged";

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

} // namespace

fault sqlite_fault(int code, bool read_only, std::string text) {
    fault out{kind_of(code, read_only), code, std::move(text)};
    const auto primary = code & 0xFF;
    out.busy = primary == SQLITE_BUSY || primary == SQLITE_LOCKED;
    out.definite = primary == SQLITE_OK || primary == SQLITE_FULL || primary == SQLITE_BUSY ||
                   primary == SQLITE_READONLY;
    switch (primary) {
    case SQLITE_INTERRUPT: out.told = too_long; break;
    case SQLITE_FULL: out.told = full; break;
    case SQLITE_IOERR: out.told = "the database's disk reported an error"; break;
    case SQLITE_READONLY: out.told = unwritable; break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: out.told = held; break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: out.told = damaged; break;
    default: break;
    }
    return out;
}

fault postgres_fault(std::string_view sqlstate, bool lost, bool read_only, std::string text) {
    fault out{fault::kind::bug, 0, std::move(text)};
    const auto storage = [&](std::string_view told) {
        out.what = fault::kind::storage;
        out.told = told;
    };
    const auto in_class = [&](std::string_view c) { return sqlstate.starts_with(c); };
    // Beside broken connections: the server is going down, or ended this session.
    out.lost = lost || in_class("08") || in_class("57P") || sqlstate == "25P03";
    out.definite = !out.lost;
    if (out.lost) storage("the database server cannot be reached");
    else if (sqlstate == "57014") out.what = fault::kind::interrupted, out.told = too_long;
    else if (sqlstate == "25006" && !read_only) storage(unwritable);
    else if (sqlstate == "53100") storage(full);
    else if (sqlstate == "55P03") storage(held), out.busy = true;
    else if (in_class("XX")) storage(damaged);
    // Out of connections or memory; I/O errors; deadlocks with other programs.
    else if (in_class("53") || in_class("58") || in_class("40")) storage(out.told);
    return out;
}

fault foreign_fault() {
    try {
        throw;
    } catch (const std::bad_alloc& e) {
        return {fault::kind::storage, SQLITE_NOMEM, e.what()};
    } catch (const std::exception& e) {
        return {fault::kind::bug, 0, e.what()};
    } catch (...) {
        return {fault::kind::bug, 0, "an exception that is not a std::exception"};
    }
}

std::string describe(const fault& f) {
    return std::string{f.told};
}

} // namespace postbus::kit
