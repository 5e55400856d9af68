#include "services/journal/topic.hpp"

#include <algorithm>
#include <array>

namespace postbus::journal {

namespace {

constexpr std::size_t max_topic = 100;
// What these publish follows from their own state; nobody else may claim it.
constexpr std::array<std::string_view, 6> owners{"users",    "orders", "catalog",
                                                 "payments", "broker", "journal"};

bool lower(char c) {
    return c >= 'a' && c <= 'z';
}

bool fits_word(char c) {
    return lower(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_topic(std::string_view text) {
    if (text.empty() || !lower(text.front()) || text.find('.') == text.npos) return false;
    char before = '.';
    for (const char c : text) {
        if (c == '.' ? before == '.' : !fits_word(c)) return false;
        before = c;
    }
    return before != '.';
}

} // namespace

std::string objection_to_topic(std::string_view topic) {
    if (topic.size() > max_topic) return "must have at most 100 characters";
    if (!is_topic(topic))
        return "must be lower-case words with dots between them, such as door.opened";
    const auto owner = topic.substr(0, topic.find('.'));
    if (std::find(owners.begin(), owners.end(), owner) == owners.end()) return {};
    return "must not begin with '" + std::string{owner} +
           "', which publishes its own events: choose another first word";
}

} // namespace postbus::journal
