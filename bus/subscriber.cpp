#include "bus/subscriber.hpp"

#include "bus/connection.hpp"
#include "bus/context.hpp"
#include "bus/frames.hpp"
#include "bus/zmq_stream.hpp"
#include "schemas/codec.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace postbus::bus {

namespace {

constexpr std::chrono::milliseconds retry_interval{100};

zmq::socket_t sub(zmq::context_t& context, const std::vector<std::string>& topics) {
    zmq::socket_t socket{context, zmq::socket_type::sub};
    set_limits(socket);
    for (const auto& topic : topics) socket.set(zmq::sockopt::subscribe, topic);
    return socket;
}

} // namespace

class subscriber::impl {
public:
    impl(boost::asio::io_context& io, const std::vector<endpoint>& brokers,
         const std::vector<std::string>& topics, registry_handler on_registry, wake_handler on_wake)
        : on_registry_{std::move(on_registry)}, on_wake_{std::move(on_wake)}, retry_{io} {
        for (const auto& where : brokers)
            lines_.push_back(std::make_unique<line>(*this, io, where, topics));
    }

    std::string refused() const {
        for (const auto& one : lines_)
            if (one->way.refused().empty()) return {};
        return lines_.empty() ? std::string{} : lines_.front()->way.refused();
    }

private:
    // One broker: a socket each, since they may have different keys.
    struct line {
        line(impl& owner, boost::asio::io_context& io, const endpoint& where,
             const std::vector<std::string>& topics)
            : socket{sub(*owner.context_, topics)}, way{socket, where, where.events()},
              data{io, socket, [this, &owner] { return owner.drain(socket); }},
              monitor{io, way.monitor(), [this, &owner] { return owner.watch(*this); }} {}

        zmq::socket_t socket;
        connection way;
        zmq_stream data;
        zmq_stream monitor;
    };

    bool watch(line& one) {
        for (auto what = one.way.next_change(); what != connection::change::none;
             what = one.way.next_change()) {
        }
        if (!one.way.up() && !retrying_) retry_later();
        return false;
    }

    // A timer that runs only while somebody is not connected: a stopped program has none.
    void retry_later() {
        retrying_ = true;
        retry_.expires_after(retry_interval);
        retry_.async_wait(
            [this, alive = std::weak_ptr<bool>{alive_}](boost::system::error_code failed) {
                if (failed || alive.expired()) return;
                retrying_ = false;
                bool all_up = true;
                for (const auto& one : lines_) {
                    one->way.retry(std::chrono::steady_clock::now());
                    all_up &= one->way.up();
                }
                if (!all_up) retry_later();
            });
    }

    bool drain(zmq::socket_t& socket) {
        for (int i = 0; i < 16; ++i) {
            if (!receive(socket, true, received_)) return false;
            auto reader = received_.reader();
            record r;
            while (reader.next(r)) {
                if (r.head.kind == kind::registry && on_registry_) {
                    if (const auto snapshot = schemas::decode<registry_snapshot>(r.meta))
                        on_registry_(*snapshot);
                } else if (r.head.kind == kind::wake && on_wake_) {
                    if (const auto head = schemas::decode<log_head>(r.meta)) on_wake_(*head);
                }
            }
        }
        return true;
    }

    registry_handler on_registry_;
    wake_handler on_wake_;
    std::shared_ptr<zmq::context_t> context_ = shared_context();
    frames received_;
    std::vector<std::unique_ptr<line>> lines_;
    boost::asio::steady_timer retry_;
    bool retrying_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

subscriber::subscriber(boost::asio::io_context& io, const std::vector<endpoint>& brokers,
                       registry_handler on_registry)
    : impl_{std::make_unique<impl>(io, brokers, std::vector<std::string>{registry_topic},
                                   std::move(on_registry), nullptr)} {}
subscriber::subscriber(boost::asio::io_context& io, const std::vector<endpoint>& brokers,
                       const std::vector<std::string>& services, wake_handler on_wake)
    : impl_{std::make_unique<impl>(
          io, brokers,
          [&] {
              std::vector<std::string> topics;
              for (const auto& one : services) topics.push_back(wake_topic(one));
              return topics;
          }(),
          nullptr, std::move(on_wake))} {}
subscriber::~subscriber() = default;

std::string subscriber::refused() const {
    return impl_->refused();
}

} // namespace postbus::bus
