#include "services/kit/outbox.hpp"

#include <stdexcept>

namespace postbus::kit {

namespace {

constexpr std::size_t max_key = 200;

} // namespace

std::int64_t outbox::append(std::string_view topic, std::string_view key, std::string schema,
                            std::string data) {
    if (!log_) throw std::logic_error{"a read may not emit events: declare the operation a write"};
    if (key.size() > max_key)
        throw std::logic_error{"the key of an event has more than 200 bytes: " +
                               std::string{topic}};
    return log_->append(topic, key, std::move(schema), std::move(data), trace_);
}

std::int64_t outbox::now_unix_ms() const {
    if (!log_) throw std::logic_error{"a read has no transaction time"};
    return log_->now_unix_ms();
}

} // namespace postbus::kit
