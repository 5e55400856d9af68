#pragma once

#include "bus/client.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::bus {

/// One broker's answer to a question to the broker itself.
struct broker_answer {
    endpoint where;
    bool answered = false;                      ///< within the limit, and without an error
    errc error = errc::ok;                      ///< of the bus
    std::chrono::steady_clock::time_point at{}; ///< when that was known
    std::string body{};
    std::string refused{}; ///< why it wants nothing to do with this process; empty: it does
};

/// Asks every broker the same by itself, each over a connection of its own: a client would ask just
/// one of them. Belongs to the one thread that runs its io_context.
class broker_survey {
public:
    using handler = std::function<void(std::vector<broker_answer>)>;

    /// `like`: how to reach them; its brokers are asked one by one.
    broker_survey(boost::asio::io_context&, const client_options& like);
    ~broker_survey();
    broker_survey(const broker_survey&) = delete;
    broker_survey& operator=(const broker_survey&) = delete;

    /// Calls `done` once, with an answer for each broker in their order. One survey at a time.
    void ask(std::string_view operation, std::chrono::milliseconds limit, handler done);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace postbus::bus
