#pragma once

#include "bus/client.hpp"
#include "bus/messages.hpp"
#include "schemas/describe.hpp"
#include "schemas/json_read.hpp"

#include <boost/asio/io_context.hpp>

#include <string>
#include <vector>

namespace postbus::tools {

/// Why an events command ends, which was said already.
struct ended {
    int code;
};

/// Says it on stderr. `code`, for an `ended`.
int complain(int code, const std::string& what);

/// The bus, for a command that makes a few calls to services one after the other.
class events_caller {
public:
    /// Throws ended when no broker answers.
    events_caller(const std::vector<bus::endpoint>& brokers, const std::string& service);

    /// Those with an events log.
    std::vector<std::string> services() const;
    /// The body of the answer of SERVICE.WORD. Throws ended.
    std::string call(const std::string& service, const std::string& word, const std::string& body);

private:
    boost::asio::io_context io_;
    bus::client client_;
    bus::registry_snapshot registry_;
};

/// Throws ended when the service answers in a way that this program does not know.
template <schemas::described T>
T read_answer(const std::string& body) {
    schemas::json_document json;
    schemas::field_errors errors;
    T out;
    if (!json.parse(body) || !schemas::read_json(json.root(), out, errors))
        throw ended{complain(1, "the service is of another version; use --json")};
    return out;
}

} // namespace postbus::tools
