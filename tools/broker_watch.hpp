#pragma once

#include "bus/endpoint.hpp"
#include "bus/messages.hpp"
#include "bus/subscriber.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace postbus::tools {

/// True when at least that many workers of each service have said READY.
bool knows_all(const bus::registry_snapshot&, const std::map<std::string, std::uint32_t>& workers);

/// Waits until a broker that has just started knows the workers that it is to know.
class broker_watch {
public:
    /// `on_known` is called once, on the thread of the io_context.
    broker_watch(boost::asio::io_context&, const bus::endpoint&,
                 std::map<std::string, std::uint32_t> workers, std::function<void()> on_known);

private:
    std::function<void()> on_known_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    bus::subscriber subscriber_;
};

} // namespace postbus::tools
