#include "services/journal/handlers.hpp"

#include "services/journal/topic.hpp"

namespace postbus::journal {

namespace {

constexpr std::size_t max_key_bytes = 200;
constexpr std::size_t max_data_bytes = 1 << 20; // a page of a log must fit into a message

} // namespace

kit::result<v1::published> publish(store& journal, const v1::publish& wanted, kit::context& call) {
    if (auto why = objection_to_topic(wanted.topic); !why.empty())
        return kit::invalid("topic", std::move(why));
    const auto key = wanted.key.value_or("");
    if (key.size() > max_key_bytes) return kit::invalid("key", "must have at most 200 bytes");
    if (wanted.data.text.size() > max_data_bytes)
        return kit::refusal{413, "the data of an event has at most 1 MiB", {}};
    const auto seq = call.append(wanted.topic, key,
                                 wanted.topic + '/' + std::to_string(wanted.version.value_or(1)),
                                 wanted.data.text);
    return v1::published{journal.database() + '-' + std::to_string(seq)};
}

} // namespace postbus::journal
