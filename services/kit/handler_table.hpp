#pragma once

#include "services/kit/handler.hpp"

#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::kit {

/// One line of a handler table while it is written down: kit::write("users.create", "POST /users",
/// create).created_at("/users/{id}").
class entry {
public:
    explicit entry(std::shared_ptr<operation> op) : op_{std::move(op)} {}

    /// Success is 201 with a Location; names in braces are fields of the reply.
    entry created_at(std::string location) const;
    entry status(std::uint16_t success) const;
    entry summary(std::string) const;
    /// How long a caller waits, by default 5 s.
    entry time_limit(std::chrono::milliseconds) const;
    /// Runs on the slow pool, beside the others. For reads.
    entry slow() const;
    /// Request fields that the handler wants to see, in lower case.
    entry fields(std::vector<std::string> names) const;
    /// Values of the reply's `status` that will not change any more.
    entry terminal_states(std::vector<std::string>) const;

    const std::shared_ptr<operation>& get() const noexcept { return op_; }

private:
    std::shared_ptr<operation> op_;
};

/// The operations of a service.
class handler_table {
public:
    handler_table(std::initializer_list<entry> entries);
    void add(const std::vector<entry>& more);

    /// Null: not one of this service's.
    const operation* find(std::string_view name) const noexcept;
    const std::vector<std::shared_ptr<operation>>& operations() const noexcept { return all_; }
    std::vector<bus::operation> facts() const;
    std::chrono::milliseconds longest_write_limit() const noexcept; ///< of those that write
    bool any_slow() const noexcept;

    /// Throws std::logic_error for a line that cannot work: a name twice, a route that is no
    /// "METHOD /path", a handler of another store, a slow write without work before it.
    void check(std::type_index store) const;

private:
    std::vector<std::shared_ptr<operation>> all_; // sorted by name
};

namespace detail {
entry make_entry(std::shared_ptr<operation>, std::string name, std::string_view route, bool safe);
} // namespace detail

/// An operation that changes nothing: it runs beside the write lock, on a connection that cannot
/// write. `route` is "METHOD /path/{parameter}".
template <class Store, class Request, class Reply>
entry read(std::string name, std::string_view route,
           result<Reply> (*handler)(Store&, const Request&)) {
    return detail::make_entry(std::make_shared<detail::handler_operation<Store, Request, Reply>>(
                                  handler, nullptr, nullptr),
                              std::move(name), route, true);
}

template <class Store, class Request, class Reply>
entry read(std::string name, std::string_view route,
           result<Reply> (*handler)(Store&, const Request&, context&)) {
    return detail::make_entry(std::make_shared<detail::handler_operation<Store, Request, Reply>>(
                                  nullptr, handler, nullptr),
                              std::move(name), route, true);
}

/// An operation that changes state. `before`, when given, is pure work on the slow pool ahead of
/// the transaction, such as hashing a password; it may change the request.
template <class Store, class Request, class Reply>
entry write(std::string name, std::string_view route,
            result<Reply> (*handler)(Store&, const Request&),
            result<void> (*before)(Request&) = nullptr) {
    return detail::make_entry(std::make_shared<detail::handler_operation<Store, Request, Reply>>(
                                  handler, nullptr, before),
                              std::move(name), route, false);
}

template <class Store, class Request, class Reply>
entry write(std::string name, std::string_view route,
            result<Reply> (*handler)(Store&, const Request&, context&),
            result<void> (*before)(Request&) = nullptr) {
    return detail::make_entry(std::make_shared<detail::handler_operation<Store, Request, Reply>>(
                                  nullptr, handler, before),
                              std::move(name), route, false);
}

} // namespace postbus::kit
