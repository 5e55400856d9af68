#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace postbus::tools {

/// Makes lines of what a process prints, in whatever pieces it comes. A line longer than the limit
/// is passed on in parts, so that a process that never ends its line costs bounded memory.
class line_splitter {
public:
    using sink = std::function<void(std::string_view line)>; ///< gets it without its newline

    explicit line_splitter(std::size_t longest = 16 * 1024) : longest_{longest} {}

    void add(std::string_view bytes, const sink&);
    /// What is left when no more will come.
    void finish(const sink&);

private:
    std::size_t longest_;
    std::string line_;
};

} // namespace postbus::tools
