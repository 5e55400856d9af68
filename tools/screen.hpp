#pragma once

#include "tools/load_table.hpp"

#include <string>
#include <string_view>

namespace postbus::tools {

/// Text on stdout: on a terminal drawn over the text before, without a flicker, on a page of its
/// own that is gone when this is; else appended.
class screen {
public:
    screen();
    ~screen(); ///< the terminal is as it was, with the last text below
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;

    bool terminal() const noexcept { return terminal_; }
    /// What fits now. Without a terminal there is no limit.
    table_room room() const;
    /// `text`: lines. False: nobody reads stdout any more.
    bool show(std::string_view text);

private:
    bool terminal_;
    std::string last_;
};

/// Writes all of it to stdout. False: nobody reads it any more.
bool write_out(std::string_view text);

} // namespace postbus::tools
