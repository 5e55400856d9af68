#include "tools/line_splitter.hpp"

#include <algorithm>

namespace postbus::tools {

void line_splitter::add(std::string_view bytes, const sink& take) {
    while (!bytes.empty()) {
        const auto room = longest_ - line_.size();
        const auto end = std::min(bytes.find('\n'), bytes.size());
        line_.append(bytes.substr(0, std::min(end, room)));
        const bool whole = end < bytes.size() && end <= room;
        bytes.remove_prefix(whole ? end + 1 : std::min(end, room));
        if (!whole && line_.size() < longest_) continue;
        // A line of just the limit may still get its newline: do not make an empty line of that.
        if (!whole && bytes.starts_with('\n')) bytes.remove_prefix(1);
        take(line_);
        line_.clear();
    }
}

void line_splitter::finish(const sink& take) {
    if (!line_.empty()) take(line_);
    line_.clear();
}

} // namespace postbus::tools
