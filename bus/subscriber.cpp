#include "bus/subscriber.hpp"

#include "bus/context.hpp"
#include "bus/frames.hpp"
#include "bus/zmq_stream.hpp"
#include "schemas/codec.hpp"

namespace postbus::bus {

class subscriber::impl {
public:
    impl(boost::asio::io_context& io, const std::vector<endpoint>& brokers,
         const std::vector<std::string>& topics, registry_handler on_registry, wake_handler on_wake)
        : on_registry_{std::move(on_registry)}, on_wake_{std::move(on_wake)},
          socket_{*context_, zmq::socket_type::sub} {
        set_limits(socket_);
        reconnect_soon(socket_);
        for (const auto& topic : topics) socket_.set(zmq::sockopt::subscribe, topic);
        for (const auto& where : brokers) socket_.connect(where.events());
        stream_ = std::make_unique<zmq_stream>(io, socket_, [this] { return drain(); });
    }

private:
    bool drain() {
        for (int i = 0; i < 16; ++i) {
            if (!receive(socket_, true, received_)) return false;
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
    zmq::socket_t socket_;
    frames received_;
    std::unique_ptr<zmq_stream> stream_;
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

} // namespace postbus::bus
