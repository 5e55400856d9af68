#pragma once

#include "bus/messages.hpp"
#include "services/kit/answer.hpp"
#include "services/kit/context.hpp"
#include "services/kit/store.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <typeindex>

namespace postbus::kit {

/// A request that was bound to its struct and can be run. What it fails with is an exception.
class bound_request {
public:
    virtual ~bound_request() = default;
    /// Pure work before a write, on the slow pool. False: refused, `out` says why.
    virtual bool prepare(answer& out) = 0;
    /// Runs the handler. False: refused, `out` says why and what it wrote must be undone.
    virtual bool run(any_store&, context&, answer& out) = 0;
};

/// One line of a handler table.
class operation {
public:
    operation(std::type_index store, bool prepared) : store_type{store}, prepares{prepared} {}
    virtual ~operation() = default;
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;

    /// Null when the request is refused: `refusal` says why. Pure.
    virtual std::unique_ptr<bound_request> bind(const bus::call_meta&, std::string_view body,
                                                answer& refusal) const = 0;

    bus::operation facts;
    std::string location; ///< "/users/{id}", filled from the reply; empty: none
    const std::type_index store_type;
    const bool prepares;    ///< has pure work to do before it writes
    std::size_t number = 0; ///< its line in the handler table
};

} // namespace postbus::kit
