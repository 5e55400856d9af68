#include "gateway/method.hpp"

#include <iterator>

namespace postbus::gateway {

namespace {

constexpr std::string_view names[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};

} // namespace

method parse_method(std::string_view text) noexcept {
    for (std::size_t i = 0; i < std::size(names); ++i)
        if (text == names[i]) return static_cast<method>(i);
    return method::other;
}

std::string method_set::text() const {
    std::string out;
    for (std::size_t i = 0; i < announced_methods; ++i) {
        if ((bits_ & bit(static_cast<method>(i))) == 0) continue;
        out += names[i];
        out += ", ";
        if (static_cast<method>(i) == method::get) out += "HEAD, ";
    }
    return out += "OPTIONS";
}

} // namespace postbus::gateway
