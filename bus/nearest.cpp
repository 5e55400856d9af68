#include "bus/nearest.hpp"

#include <algorithm>

namespace postbus::bus {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    // Three rows of the classic table: a swap looks back two of them.
    std::vector<std::size_t> two_back(b.size() + 1);
    std::vector<std::size_t> one_back(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        two_back.swap(one_back);
        one_back.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t differs = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({one_back[j] + 1, row[j - 1] + 1, one_back[j - 1] + differs});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], two_back[j - 2] + 1);
        }
    }
    return row[b.size()];
}

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
    const auto best = std::min_element(candidates.begin(), candidates.end(),
                                       [&](const std::string& a, const std::string& b) {
                                           return edit_distance(name, a) < edit_distance(name, b);
                                       });
    return best == candidates.end() ? std::string{} : *best;
}

} // namespace postbus::bus
