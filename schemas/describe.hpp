#pragma once

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <string_view>
#include <type_traits>

namespace postbus::schemas {

/// A struct that names its members once with BOOST_DESCRIBE_STRUCT. Bytes, JSON, JSON Schema and
/// every field name that a message to a person carries follow from that one description.
template <class T>
concept described = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <described T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public |
                                                            boost::describe::mod_inherited>;

/// Calls `visit(name, member)` for each member in the order of its description.
template <class T, class Visitor>
requires described<std::remove_const_t<T>>
void for_each_field(T& object, Visitor&& visit) {
    using plain = std::remove_const_t<T>;
    boost::mp11::mp_for_each<members_of<plain>>(
        [&](auto member) { visit(std::string_view{member.name}, object.*member.pointer); });
}

} // namespace postbus::schemas
