#include "bus/refusal_log.hpp"

namespace postbus::bus {

bool refusal_log::count(const std::string& line, time_point now) {
    if (const auto known = lines_.find(line); known != lines_.end()) {
        ++known->second.unsaid;
        return false;
    }
    if (lines_.size() >= most) {
        if (others_++ == 0) others_since_ = now;
        return false;
    }
    lines_.emplace(line, entry{now});
    return true;
}

std::vector<std::string> refusal_log::due(time_point now) {
    std::vector<std::string> out;
    const auto again = [](std::uint64_t times) { return std::to_string(times) + " times more"; };
    for (auto it = lines_.begin(); it != lines_.end();) {
        auto& [line, its] = *it;
        if (now - its.said < pause) {
            ++it;
        } else if (its.unsaid == 0) {
            it = lines_.erase(it);
        } else {
            out.push_back(line + " (" + again(its.unsaid) + ')');
            its = {now};
            ++it;
        }
    }
    if (others_ != 0 && now - others_since_ >= pause) {
        out.push_back("others were refused " + again(others_));
        others_ = 0;
    }
    return out;
}

} // namespace postbus::bus
