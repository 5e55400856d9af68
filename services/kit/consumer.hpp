#pragma once

#include "schemas/json_read.hpp"
#include "services/kit/event_log.hpp"
#include "services/kit/outbox.hpp"
#include "services/kit/result.hpp"
#include "services/kit/store.hpp"

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

namespace postbus::kit {

/// What a handler may know of the event it handles, and where its own events go. They carry on the
/// trace. Lives for one run of the handler.
class event_context : public outbox {
public:
    event_context(event_log* log, const kit::event& what) noexcept
        : outbox{log, what.trace}, event_{what} {}

    const kit::event& event() const noexcept { return event_; }

private:
    const kit::event& event_;
};

/// What a service does about one kind of event, whatever its type. What it fails with is an
/// exception.
class event_handler {
public:
    event_handler(std::string handled, std::type_index store)
        : schema{std::move(handled)}, store_type{store} {}
    virtual ~event_handler() = default;
    event_handler(const event_handler&) = delete;
    event_handler& operator=(const event_handler&) = delete;

    /// A refusal parks the event.
    virtual result<void> run(any_store&, event_context&) const = 0;

    const std::string schema; ///< "orders.placed/1"
    const std::type_index store_type;
};

namespace detail {

/// Throws std::runtime_error when `data` is not of the event's shape.
[[noreturn]] void refuse_event(const event&, const std::string& why);

template <class Store, schemas::event_type Event>
class typed_event_handler final : public event_handler {
public:
    using function = result<void> (*)(Store&, const Event&, event_context&);

    explicit typed_event_handler(function f)
        : event_handler{schemas::schema_name<Event>(), typeid(Store)}, function_{f} {}

    result<void> run(any_store& any, event_context& context) const override {
        schemas::json_document json;
        if (!json.parse(context.event().data)) refuse_event(context.event(), json.error());
        Event fact{};
        schemas::field_errors errors;
        if (!schemas::read_json(json.root(), fact, errors))
            refuse_event(context.event(), errors.front().field + ": " + errors.front().message);
        return function_(store_in<Store>(any), fact, context);
    }

private:
    function function_;
};

} // namespace detail

/// One line of a consumer: on(&reserve_stock). The kind of event follows from the signature.
template <class Store, schemas::event_type Event>
std::shared_ptr<event_handler> on(result<void> (*handler)(Store&, const Event&, event_context&)) {
    return std::make_shared<detail::typed_event_handler<Store, Event>>(handler);
}

/// All that a service does about the events of another: from("orders", {on(&reserve_stock), …}).
/// Each event is handled once in effect, in the order of its log: its cursor moves in the
/// transaction of the effects. Kinds of events without a line are passed over.
class consumer {
public:
    consumer(std::string source, std::initializer_list<std::shared_ptr<event_handler>> given);

    const std::string& source() const noexcept { return source_; }
    const event_handler* find(std::string_view schema) const noexcept;
    /// Throws std::logic_error for what cannot work: an event of another service, one twice, a
    /// handler of another store.
    void check(std::type_index store) const;

private:
    std::string source_;
    std::vector<std::shared_ptr<event_handler>> handlers_;
};

inline consumer from(std::string source,
                     std::initializer_list<std::shared_ptr<event_handler>> handlers) {
    return {std::move(source), handlers};
}

} // namespace postbus::kit
