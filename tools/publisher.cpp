#include "tools/publisher.hpp"

#include "schemas/codec.hpp"

namespace postbus::tools {

namespace {

std::string meta_of(const std::string& topic, const std::string& key) {
    bus::call_meta meta{.operation = "journal.publish", .path = {{"topic", topic}}};
    if (!key.empty()) meta.query = {{"key", key}};
    return schemas::encode(meta);
}

} // namespace

publisher::publisher(bus::client& client, found_operation operation, const std::string& topic,
                     const std::string& key, std::chrono::milliseconds limit,
                     answer_handler on_answer)
    : client_{client}, operation_{std::move(operation)}, meta_{meta_of(topic, key)}, limit_{limit},
      on_answer_{std::move(on_answer)} {}

void publisher::publish(std::string_view json) {
    client_.start({.service = operation_.service,
                   .write = true,
                   .time_limit = limit_,
                   .meta = meta_,
                   .body = json},
                  sent_.emplace_back(*this));
}

void publisher::sent::on_reply(const bus::call_reply& reply) {
    answer = answer_of(reply);
    owner.hand_on();
}

void publisher::hand_on() {
    while (!sent_.empty() && sent_.front().answer) {
        const auto answer = *std::move(sent_.front().answer);
        sent_.pop_front();
        on_answer_(answer);
    }
}

} // namespace postbus::tools
