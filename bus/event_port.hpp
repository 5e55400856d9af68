#pragma once

#include "bus/context.hpp"
#include "bus/doorkeeper.hpp"
#include "bus/frames.hpp"
#include "bus/half_message_limit.hpp"
#include "bus/router.hpp"
#include "bus/topic_limit.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace postbus::bus {

/// A broker's second port: subscribers are told there who serves what, and which logs have grown.
/// For the broker's thread.
class event_port {
public:
    /// Does not listen yet. `keys`: there are some.
    explicit event_port(bool keys);

    zmq::socket_t& socket() noexcept { return socket_; }
    half_message_limit& halves() noexcept { return halves_; }

    /// Reads what subscribers ask for. `door`: null without keys. `accuse`: of the message's
    /// sender.
    void drain(doorkeeper* door,
               const std::function<void(const frames&, const std::string&)>& accuse);
    /// Of those that come in one turn the last says it all.
    void wake(const log_head&, std::string_view meta);
    void publish_wakes();
    /// If it has changed, somebody asked, or it is time.
    void publish_registry(const router&, time_point now);
    /// Forgets what subscribers had that are gone.
    void sweep() { topics_.sweep(); }

private:
    std::shared_ptr<zmq::context_t> context_ = shared_context();
    zmq::socket_t socket_;
    half_message_limit halves_{socket_};
    topic_limit topics_;
    frames received_;
    std::map<std::string, std::string> wakes_;                      // topic to meta
    std::vector<std::pair<const std::string, std::string>*> woken_; // of those, in this turn
    time_point published_at_;
    time_point::duration pause_{}; // until the next registry
    std::uint64_t published_revision_ = 0;
    bool registry_asked_ = false;
};

} // namespace postbus::bus
