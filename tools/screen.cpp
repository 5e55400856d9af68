#include "tools/screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace postbus::tools {

namespace {

// Control sequences of ECMA-48 and, for the page and the cursor, of xterm; every terminal of today
// has them.
constexpr std::string_view own_page = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view old_page = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view home = "\x1b[H";
constexpr std::string_view clear_line = "\x1b[K";
constexpr std::string_view clear_below = "\x1b[J";

} // namespace

bool write_out(std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
        else if (errno != EINTR) return false;
    }
    return true;
}

screen::screen() : terminal_{isatty(STDOUT_FILENO) == 1} {
    if (terminal_) write_out(own_page);
}

screen::~screen() {
    if (!terminal_) return;
    write_out(old_page);
    write_out(last_);
}

table_room screen::room() const {
    winsize size{};
    if (!terminal_ || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ||
        size.ws_row == 0)
        return {};
    return {size.ws_col, size.ws_row};
}

bool screen::show(std::string_view text) {
    if (!terminal_) return write_out(text);
    last_ = text;
    // The last line has no end: that would scroll a page that is full.
    if (text.ends_with('\n')) text.remove_suffix(1);
    std::string out{home};
    for (const char c : text) {
        if (c == '\n') out += clear_line;
        if (c == '\n') out += '\r';
        out += c;
    }
    out += clear_line;
    out += clear_below;
    return write_out(out);
}

} // namespace postbus::tools
