#pragma once

#include "services/kit/sql.hpp"

#include <functional>
#include <memory>
#include <type_traits>
#include <typeindex>

namespace postbus::kit {

class kit_store;

/// A service's store, whatever its type, and the kit's own. Each connection has one.
class any_store {
public:
    explicit any_store(sql&);
    virtual ~any_store();
    any_store(const any_store&) = delete;
    any_store& operator=(const any_store&) = delete;

    kit_store& built_in() noexcept { return *built_in_; }

private:
    std::unique_ptr<kit_store> built_in_;
};

template <class Store>
class store_of final : public any_store {
public:
    explicit store_of(sql& db) : any_store{db}, value{db} {}
    Store value;
};

/// The store that a handler was written for.
template <class Store>
Store& store_in(any_store& any) {
    if constexpr (std::is_same_v<Store, kit_store>) return any.built_in();
    else return static_cast<store_of<Store>&>(any).value;
}

/// How to make a service's store on a connection.
struct store_maker {
    std::type_index type;
    std::function<std::unique_ptr<any_store>(sql&)> make;
};

/// For a Store that is constructed from a kit::sql&.
template <class Store>
store_maker make_store() {
    return {typeid(Store), [](sql& db) { return std::make_unique<store_of<Store>>(db); }};
}

} // namespace postbus::kit
