#pragma once

#include "bus/endpoint.hpp"
#include "bus/messages.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::tools {

/// An operation and the service that announced it.
struct found_operation {
    bus::operation operation;
    std::string service; ///< key, "users/1"
    bus::call_id watermark;
    std::chrono::milliseconds database_ahead{0};
};

/// Nothing when no service announces it.
std::optional<found_operation> find_operation(const bus::registry_snapshot&, std::string_view name);

/// Every operation's name, for messages.
std::vector<std::string> operation_names(const bus::registry_snapshot&);

/// What several brokers know, in one: `heard` is added to `all`.
void add_to(bus::registry_snapshot& all, const bus::registry_snapshot& heard);

/// What the brokers know as soon as one of them has the operation; else once all of them are sure
/// that they have heard of every worker (one of them, and the others are silent), or `limit` is
/// over. Nothing when no broker was heard at all.
std::optional<bus::registry_snapshot> await_registry(boost::asio::io_context&,
                                                     const std::vector<bus::endpoint>& brokers,
                                                     std::string_view operation,
                                                     std::chrono::milliseconds limit);

} // namespace postbus::tools
