#pragma once

#include "services/kit/sql.hpp"

#include <functional>
#include <memory>
#include <typeindex>

namespace postbus::kit {

/// A service's store, whatever its type. Each connection has one of its own.
class any_store {
public:
    virtual ~any_store() = default;
};

template <class Store>
class store_of final : public any_store {
public:
    explicit store_of(sql& db) : value{db} {}
    Store value;
};

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
