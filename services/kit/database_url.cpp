#include "services/kit/database_url.hpp"

#include "services/kit/uri.hpp"

#include <libpq-fe.h>

#include <memory>

namespace postbus::kit {

namespace {

using engine = database_url::engine;
using parsed_options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

parsed_options parse(const std::string& server) {
    return {PQconninfoParse(server.c_str(), nullptr), PQconninfoFree};
}

std::string value_of(const parsed_options& options, std::string_view keyword) {
    for (const auto* one = options.get(); one && one->keyword; ++one)
        if (one->keyword == keyword && one->val) return one->val;
    return {};
}

database_url server_url(std::string_view text, std::string_view rest, std::string_view service) {
    database_url out;
    out.kind = engine::unknown;
    out.server = rest.starts_with("//") ? text : rest;
    const auto options = parse(out.server);
    if (!options) return out;
    out.kind = engine::postgresql;
    if (!value_of(options, "dbname").empty() || service.empty()) return out;
    auto parameters = server_parameters(out);
    parameters.emplace_back("dbname", service);
    out.server = server_uri(parameters);
    return out;
}

} // namespace

std::string server_uri(const std::vector<std::pair<std::string, std::string>>& parameters) {
    std::string out;
    for (const auto& [keyword, value] : parameters)
        out += (out.empty() ? "postgresql:///?" : "&") + keyword + '=' + percent_encode(value);
    return out;
}

std::vector<std::pair<std::string, std::string>> server_parameters(const database_url& url) {
    std::vector<std::pair<std::string, std::string>> out;
    const auto options = parse(url.server);
    for (const auto* one = options.get(); one && one->keyword; ++one)
        if (one->val) out.emplace_back(one->keyword, one->val);
    return out;
}

std::string database_url::shown() const {
    if (kind == engine::sqlite) return file.string();
    const auto options = parse(server);
    const auto user = value_of(options, "user");
    const auto port = value_of(options, "port");
    return "postgresql://" + (user.empty() ? "" : user + '@') + value_of(options, "host") +
           (port.empty() ? "" : ':' + port) + '/' + value_of(options, "dbname");
}

database_url parse_database_url(std::string_view text, std::string_view service) {
    const auto colon = text.find(':');
    const auto slash = text.find('/');
    // A colon behind a slash belongs to a file's name.
    if (colon == std::string_view::npos || slash < colon) return std::filesystem::path{text};
    const auto scheme = text.substr(0, colon);
    auto rest = text.substr(colon + 1);
    if (scheme == "postgresql" || scheme == "postgres") return server_url(text, rest, service);
    if (scheme != "sqlite" && scheme != "sqlite3") {
        database_url out;
        out.kind = engine::unknown;
        return out;
    }
    if (rest.starts_with("//")) rest.remove_prefix(2);
    return std::filesystem::path{rest};
}

} // namespace postbus::kit
