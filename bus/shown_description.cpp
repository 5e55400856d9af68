#include "bus/shown_description.hpp"

#include "schemas/codec.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace postbus::bus {

namespace {

/// The one with the fewest operations; of several, with the least said in it.
const service_description& least(std::span<const service_description* const> all) {
    const auto rank = [](const service_description* one) {
        auto bytes = schemas::encode(*one);
        const auto size = bytes.size();
        return std::tuple{one->operations.size(), size, std::move(bytes)};
    };
    return **std::ranges::min_element(all, {}, rank);
}

const operation* find(const service_description& in, const operation& like) {
    const auto at = std::ranges::find(in.operations, like.name, &operation::name);
    return at == in.operations.end() ? nullptr : &*at;
}

void add_missing(std::vector<std::string>& to, const std::vector<std::string>& from) {
    std::ranges::copy_if(from, std::back_inserter(to), [&](const std::string& one) {
        return std::ranges::find(to, one) == to.end();
    });
}

void merge(operation& shown, const operation& other) {
    shown.safe = shown.safe && other.safe;
    shown.slow = shown.slow || other.slow;
    shown.time_limit_ms = std::max(shown.time_limit_ms, other.time_limit_ms);
    add_missing(shown.fields, other.fields);
    add_missing(shown.terminal_states, other.terminal_states);
}

} // namespace

service_description shown_description(std::span<const service_description* const> all) {
    if (all.size() == 1) return *all.front();
    auto shown = least(all);
    std::erase_if(shown.operations, [&](operation& one) {
        for (const auto* other : all)
            if (const auto* same = find(*other, one)) merge(one, *same);
            else return true;
        std::ranges::sort(one.fields); // in any order but always the same
        std::ranges::sort(one.terminal_states);
        return false;
    });
    return shown;
}

} // namespace postbus::bus
