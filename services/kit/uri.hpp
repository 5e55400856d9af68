#pragma once

#include "bus/messages.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What a worker writes into Location and Link (RFC 3986). Pure.

namespace postbus::kit {

/// Everything but the unreserved characters as %XX.
std::string percent_encode(std::string_view);

/// "/users/{id}" with each name in braces replaced by its value, encoded.
std::string fill_path(std::string_view path_template,
                      const std::function<std::string(std::string_view name)>& value_of);

/// A Link field's value (RFC 8288) that leads to the next page.
std::string next_page_link(std::string_view path, const std::vector<bus::field>& query);

} // namespace postbus::kit
