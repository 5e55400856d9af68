#pragma once

#include <string>

namespace postbus::tools {

/// A path as the address of a local socket, which has room for 107 bytes: a longer one is reached
/// through a descriptor of its folder, for as long as this lives.
class unix_address {
public:
    explicit unix_address(const std::string& path);
    ~unix_address();
    unix_address(const unix_address&) = delete;
    unix_address& operator=(const unix_address&) = delete;

    const std::string& text() const noexcept { return text_; }

private:
    int folder_ = -1;
    std::string text_;
};

} // namespace postbus::tools
