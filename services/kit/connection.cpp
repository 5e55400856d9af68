#include "services/kit/connection.hpp"

#include "services/kit/postgres_engine.hpp"
#include "services/kit/sqlite_engine.hpp"

namespace postbus::kit {

namespace {

std::unique_ptr<engine> open(const database_url& url, open_mode how) {
    if (url.kind == database_url::engine::postgresql)
        return std::make_unique<postgres_engine>(url, how);
    return std::make_unique<sqlite_engine>(url.file, how);
}

} // namespace

connection::connection(const database_url& url, mode how) : engine_{open(url, how)} {}

} // namespace postbus::kit
