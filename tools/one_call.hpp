#pragma once

#include "bus/client.hpp"
#include "bus/messages.hpp"

#include <boost/asio/io_context.hpp>

#include <string>

namespace postbus::tools {

struct call_answer {
    bus::errc error = bus::errc::ok; ///< not ok: the bus refused; `meta` and `body` say nothing
    bus::outcome outcome = bus::outcome::executed;
    bus::reply_meta meta;
    std::string body;
};

call_answer answer_of(const bus::call_reply&);

/// Makes one call and runs the io_context until it has ended.
call_answer call_and_wait(boost::asio::io_context&, bus::client&, const bus::call_request&);

} // namespace postbus::tools
