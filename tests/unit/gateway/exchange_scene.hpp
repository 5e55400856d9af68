#pragma once

#include "gateway/exchange.hpp"
#include "schemas/codec.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace postbus::gateway {

inline bus::operation make_operation(std::string name, std::string method, std::string path) {
    bus::operation made;
    made.name = std::move(name);
    made.method = std::move(method);
    made.path = std::move(path);
    made.safe = made.method == "GET";
    return made;
}

inline bus::service_description
make_service(std::string name, std::vector<bus::operation> operations, std::uint32_t version = 1) {
    return {.name = std::move(name),
            .version = version,
            .database_id = "d",
            .operations = std::move(operations)};
}

/// A shard that knows the users service.
inline shard_state& learn_users(shard_state& shard) {
    auto get = make_operation("users.get", "GET", "/users/{id}");
    get.fields = {"if-match"};
    const std::vector services{
        make_service("users", {make_operation("users.list", "GET", "/users"), get,
                               make_operation("users.create", "POST", "/users"),
                               make_operation("users.delete", "DELETE", "/users/{id}")})};
    std::vector<std::string> refused;
    shard.routes = std::make_shared<route_table>(services, refused);
    shard.settled = true;
    shard.date = "Sun, 06 Nov 1994 08:49:37 GMT";
    return shard;
}

/// One connection without a socket: what is sent and called is kept.
struct exchange_scene : exchange_ports {
    struct made_call {
        std::string service;
        bool write;
        bus::call_meta meta;
        std::string body;
    };

    explicit exchange_scene(const limits& limit = {})
        : shard{limit}, one{learn_users(shard), *this} {}

    bool send(std::string_view bytes) override {
        sent += bytes;
        return !congested;
    }
    void start_call(const bus::call_request& request) override {
        calls.push_back({std::string{request.service}, request.write,
                         schemas::decode<bus::call_meta>(request.meta).value(),
                         std::string{request.body}});
        if (answers_at_once) pending = true;
    }
    void cancel_call() override { ++cancelled; }

    void receive(std::string_view bytes) {
        one.receive(bytes);
        while (pending) {
            pending = false;
            reply(200, "{}");
        }
    }
    void reply(std::uint16_t status, std::string_view body, std::vector<bus::field> fields = {}) {
        const auto meta = schemas::encode(bus::reply_meta{status, std::move(fields)});
        one.reply({bus::errc::ok, bus::outcome::executed, meta, body});
    }
    /// The status of the last response; 0: none.
    int status() const {
        const auto at = sent.rfind("\r\nDate: "); // behind the status line of each
        const auto line = at == sent.npos ? at : sent.rfind("HTTP/1.1 ", at);
        return line == sent.npos ? 0 : std::stoi(sent.substr(line + 9, 3));
    }
    bool ended() const { return one.phase() >= exchange::phase::closing; }
    bool said(std::string_view text) const { return sent.find(text) != sent.npos; }
    void pass(std::chrono::milliseconds time) {
        shard.now += time;
        one.tick();
    }

    std::string sent;
    std::vector<made_call> calls;
    int cancelled = 0;
    bool congested = false;
    bool answers_at_once = false;
    bool pending = false;
    shard_state shard;
    exchange one;
};

} // namespace postbus::gateway
