#include "bus/subscriber.hpp"

#include "bus/context.hpp"
#include "bus/frames.hpp"
#include "bus/zmq_stream.hpp"
#include "schemas/codec.hpp"

namespace postbus::bus {

class subscriber::impl {
public:
    impl(boost::asio::io_context& io, const std::vector<endpoint>& brokers,
         registry_handler handler)
        : handler_{std::move(handler)}, socket_{*context_, zmq::socket_type::sub} {
        set_limits(socket_);
        socket_.set(zmq::sockopt::reconnect_ivl, 20);
        socket_.set(zmq::sockopt::subscribe, registry_topic);
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
                if (r.head.kind != kind::registry) continue;
                if (const auto snapshot = schemas::decode<registry_snapshot>(r.meta))
                    handler_(*snapshot);
            }
        }
        return true;
    }

    registry_handler handler_;
    std::shared_ptr<zmq::context_t> context_ = shared_context();
    zmq::socket_t socket_;
    frames received_;
    std::unique_ptr<zmq_stream> stream_;
};

subscriber::subscriber(boost::asio::io_context& io, const std::vector<endpoint>& brokers,
                       registry_handler on_registry)
    : impl_{std::make_unique<impl>(io, brokers, std::move(on_registry))} {}
subscriber::~subscriber() = default;

} // namespace postbus::bus
