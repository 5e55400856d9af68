#pragma once

#include "gateway/field_view.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace postbus::gateway {

/// bus::call_meta with nothing copied: the same fields in the same order, so the same bytes.
struct call_meta_view {
    std::string_view operation;
    std::vector<field_view> path;
    std::vector<field_view> query;
    std::vector<field_view> fields;
    std::string_view trace;
    std::string_view principal;
};
BOOST_DESCRIBE_STRUCT(call_meta_view, (), (operation, path, query, fields, trace, principal))

/// bus::reply_meta with nothing copied.
struct reply_meta_view {
    std::uint16_t status = 200;
    std::vector<field_view> fields;

    /// False: the bytes are not one. Views into the bytes otherwise.
    bool decode(std::string_view bytes);
};
BOOST_DESCRIBE_STRUCT(reply_meta_view, (), (status, fields))

} // namespace postbus::gateway
