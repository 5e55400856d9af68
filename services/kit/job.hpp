#pragma once

#include "services/kit/outbox.hpp"
#include "services/kit/store.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <typeindex>

namespace postbus::kit {

/// Where a job's events go, and what time it is.
class job_context : public outbox {
public:
    explicit job_context(event_log* log) noexcept : outbox{log, {}} {}
};

/// Something a service does by itself now and then, such as letting reservations expire. Every
/// worker runs it, each time in a transaction under the write lock, so what it does must be decided
/// by the database's state. It must be short: at most some hundred rows a run; true says that there
/// is more, and it runs again soon.
struct job {
    std::string name;
    std::chrono::milliseconds interval{1000};
    std::function<bool(any_store&, job_context&)> run;
    std::type_index store_type;
    bool at_start = false; ///< at once when a worker starts, too: it may not live for an interval
};

/// every(1s, "expire", &expire_reservations)
template <class Store>
job every(std::chrono::milliseconds interval, std::string name, bool (*run)(Store&, job_context&)) {
    return {
        std::move(name), interval,
        [run](any_store& any, job_context& context) { return run(store_in<Store>(any), context); },
        typeid(Store), false};
}

} // namespace postbus::kit
