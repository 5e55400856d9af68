#pragma once

#include "schemas/events_v1.hpp"
#include "schemas/json_write.hpp"
#include "services/kit/event_log.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace postbus::kit {

/// Where a handler puts the events that follow from what it does: they are in the log when, and
/// only when, its transaction commits. Lives for one run of the handler.
class outbox {
public:
    /// `log` null: a read, which may say nothing.
    outbox(event_log* log, std::string_view trace) noexcept : log_{log}, trace_{trace} {}

    /// `key` is what the event is about, such as the order's id: at most 200 bytes. Throws
    /// std::logic_error in an operation that was declared a read.
    template <schemas::event_type Event>
    void emit(std::string_view key, const Event& fact) {
        std::string data;
        schemas::write_json(fact, data);
        append(Event::topic, key, schemas::schema_name<Event>(), std::move(data));
    }
    template <schemas::event_type Event>
    void emit(std::int64_t key, const Event& fact) {
        emit(std::to_string(key), fact);
    }

    /// The same for a fact whose type is not known here. `data` is JSON. The number that it has in
    /// the log once the transaction commits.
    std::int64_t append(std::string_view topic, std::string_view key, std::string schema,
                        std::string data);

    std::string_view trace() const noexcept { return trace_; }
    /// The time of the transaction, ms. Throws std::logic_error in a read.
    std::int64_t now_unix_ms() const;

private:
    event_log* log_;
    std::string_view trace_;
};

} // namespace postbus::kit
