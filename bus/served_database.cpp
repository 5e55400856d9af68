#include "bus/connection.hpp"
#include "bus/context.hpp"
#include "bus/frames.hpp"
#include "bus/worker.hpp"
#include "schemas/codec.hpp"

#include <chrono>
#include <memory>

namespace postbus::bus {

namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds ask_again{200};
// A broker that has just started may not have heard of live workers yet. They reconnect within some
// 20 ms; a shop that starts from nothing should not wait the two seconds that verdicts take.
constexpr std::chrono::milliseconds newcomers{250};

// Its workers' database; empty when nobody serves it.
std::string database_in(const registry_snapshot& snapshot, std::string_view name) {
    for (const auto& one : snapshot.services)
        if (one.description.name == name && one.workers != 0) return one.description.database_id;
    return {};
}

zmq::socket_t registry_reader(zmq::context_t& context) {
    zmq::socket_t socket{context, zmq::socket_type::sub};
    set_limits(socket);
    socket.set(zmq::sockopt::subscribe, registry_topic);
    return socket;
}

struct listener {
    explicit listener(const endpoint& where)
        : socket{registry_reader(*context)}, way{socket, where, where.events()} {}

    void watch() {
        for (auto what = way.next_change(); what != connection::change::none;
             what = way.next_change())
            if (what == connection::change::refused) way.say_refused();
        way.retry(clock::now());
    }

    std::shared_ptr<zmq::context_t> context = shared_context();
    zmq::socket_t socket;
    connection way;
};

} // namespace

std::string served_database(const std::vector<endpoint>& brokers, std::string_view service_name,
                            const std::function<bool()>& keep_waiting) {
    std::vector<std::unique_ptr<listener>> listeners;
    for (const auto& where : brokers) listeners.push_back(std::make_unique<listener>(where));
    std::vector<zmq::pollitem_t> items;
    for (const auto& one : listeners) {
        items.push_back({one->socket.handle(), 0, ZMQ_POLLIN, 0});
        items.push_back({one->way.monitor().handle(), 0, ZMQ_POLLIN, 0});
    }
    std::optional<clock::time_point> heard_at;
    while (keep_waiting()) {
        wait_for(items, heard_at ? newcomers / 5 : ask_again);
        for (const auto& one : listeners) {
            one->watch();
            frames message;
            while (receive(one->socket, true, message)) {
                auto reader = message.reader();
                record r;
                while (reader.next(r)) {
                    const auto snapshot = schemas::decode<registry_snapshot>(r.meta);
                    if (r.head.kind != kind::registry || !snapshot) continue;
                    if (auto database = database_in(*snapshot, service_name); !database.empty())
                        return database;
                    if (snapshot->settled && brokers.size() == 1) return {};
                    if (!heard_at) heard_at = clock::now();
                }
            }
        }
        if (heard_at && clock::now() - *heard_at >= newcomers) return {};
    }
    return {};
}

} // namespace postbus::bus
