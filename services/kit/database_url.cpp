#include "services/kit/database_url.hpp"

namespace postbus::kit {

database_url parse_database_url(std::string_view text) {
    using engine = database_url::engine;
    const auto colon = text.find(':');
    const auto slash = text.find('/');
    // A colon behind a slash belongs to a file's name.
    if (colon == std::string_view::npos || slash < colon) return {engine::sqlite, text};
    const auto scheme = text.substr(0, colon);
    auto rest = text.substr(colon + 1);
    if (scheme == "postgresql" || scheme == "postgres") return {engine::postgresql, {}};
    if (scheme != "sqlite" && scheme != "sqlite3") return {engine::unknown, {}};
    if (rest.starts_with("//")) rest.remove_prefix(2);
    return {engine::sqlite, rest};
}

} // namespace postbus::kit
