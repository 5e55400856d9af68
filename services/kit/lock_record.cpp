#include "services/kit/lock_record.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace postbus::kit {

namespace {

constexpr auto longest_pause = std::chrono::milliseconds{250};
constexpr const char* layout = "%-8s pid %10d start %20" PRIu64 " acquisition %20" PRIu64;

const char* name(lock_record::state state) {
    switch (state) {
    case lock_record::state::held: return "held";
    case lock_record::state::exempt: return "exempt";
    default: return "released";
    }
}

} // namespace

std::string format(const lock_record& record) {
    char line[lock_record_size + 1];
    const auto size = std::snprintf(line, sizeof line, layout, name(record.now), record.pid,
                                    record.start, record.acquisition);
    std::string out(line, static_cast<std::size_t>(size));
    out.resize(lock_record_size - 1, ' ');
    return out += '\n';
}

std::optional<lock_record> parse_lock_record(std::string_view text) {
    if (text.size() != lock_record_size || text.back() != '\n') return std::nullopt;
    char state[9];
    lock_record out;
    if (std::sscanf(std::string{text}.c_str(), "%8s pid %d start %" SCNu64 " acquisition %" SCNu64,
                    state, &out.pid, &out.start, &out.acquisition) != 4)
        return std::nullopt;
    const std::string_view word{state};
    if (word == "held") out.now = lock_record::state::held;
    else if (word == "exempt") out.now = lock_record::state::exempt;
    else if (word != "released") return std::nullopt;
    return out;
}

bool lock_watch::stuck(const std::optional<lock_record>& seen, time_point now) {
    if (!watching_ || seen != last_) {
        watching_ = true;
        last_ = seen;
        last_look_ = now;
        unchanged_ = {};
        return false;
    }
    unchanged_ += std::min<time_point::duration>(now - last_look_, longest_pause);
    last_look_ = now;
    if (seen && seen->now == lock_record::state::exempt) return false;
    return unchanged_ >= limit_;
}

} // namespace postbus::kit
