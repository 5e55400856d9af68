#include "services/kit/consumer.hpp"

#include <algorithm>
#include <stdexcept>

namespace postbus::kit {

void detail::refuse_event(const event& what, const std::string& why) {
    throw std::runtime_error{"the data is not of " + what.schema + ": " + why};
}

consumer::consumer(std::string source, std::initializer_list<std::shared_ptr<event_handler>> given)
    : source_{std::move(source)}, handlers_{given} {}

const event_handler* consumer::find(std::string_view schema) const noexcept {
    const auto found = std::find_if(handlers_.begin(), handlers_.end(),
                                    [&](const auto& one) { return one->schema == schema; });
    return found == handlers_.end() ? nullptr : found->get();
}

void consumer::check(std::type_index store) const {
    for (const auto& one : handlers_) {
        const auto refuse = [&](const std::string& why) {
            throw std::logic_error{"consumer of '" + source_ + "', " + one->schema + ": " + why};
        };
        // The journal keeps the events of those who have no log of their own, whatever their topic.
        if (source_ != "journal" && !one->schema.starts_with(source_ + '.'))
            refuse("is an event of another service");
        if (one->store_type != store) refuse("its handler takes another store");
        if (find(one->schema) != one.get()) refuse("has two handlers");
    }
}

} // namespace postbus::kit
