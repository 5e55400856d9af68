#include "services/kit/handler_table.hpp"

#include "services/kit/kit_store.hpp"

#include <algorithm>
#include <stdexcept>

namespace postbus::kit {

entry entry::created_at(std::string location) const {
    op_->location = std::move(location);
    return status(201);
}

entry entry::status(std::uint16_t success) const {
    op_->facts.success = success;
    return *this;
}

entry entry::summary(std::string text) const {
    op_->facts.summary = std::move(text);
    return *this;
}

entry entry::time_limit(std::chrono::milliseconds limit) const {
    op_->facts.time_limit_ms = static_cast<std::uint32_t>(limit.count());
    return *this;
}

entry entry::slow() const {
    op_->facts.slow = true;
    return *this;
}

entry entry::fields(std::vector<std::string> names) const {
    op_->facts.fields = std::move(names);
    return *this;
}

entry entry::terminal_states(std::vector<std::string> states) const {
    op_->facts.terminal_states = std::move(states);
    return *this;
}

entry detail::make_entry(std::shared_ptr<operation> op, std::string name, std::string_view route,
                         bool safe) {
    const auto space = std::min(route.find(' '), route.size());
    op->facts.name = std::move(name);
    op->facts.method = route.substr(0, space);
    op->facts.path = route.substr(std::min(space + 1, route.size()));
    op->facts.safe = safe;
    op->facts.slow = op->prepares;
    return entry{std::move(op)};
}

handler_table::handler_table(std::initializer_list<entry> entries) {
    add(entries);
}

void handler_table::add(const std::vector<entry>& more) {
    for (const auto& line : more) all_.push_back(line.get());
    std::sort(all_.begin(), all_.end(),
              [](const auto& a, const auto& b) { return a->facts.name < b->facts.name; });
    for (std::size_t i = 0; i < all_.size(); ++i) all_[i]->number = i;
}

const operation* handler_table::find(std::string_view name) const noexcept {
    const auto found =
        std::lower_bound(all_.begin(), all_.end(), name,
                         [](const auto& op, auto wanted) { return op->facts.name < wanted; });
    return found != all_.end() && (*found)->facts.name == name ? found->get() : nullptr;
}

std::vector<bus::operation> handler_table::facts() const {
    std::vector<bus::operation> out;
    for (const auto& op : all_) out.push_back(op->facts);
    return out;
}

std::chrono::milliseconds handler_table::longest_write_limit() const noexcept {
    std::uint32_t longest = 0;
    for (const auto& op : all_)
        if (!op->facts.safe) longest = std::max(longest, op->facts.time_limit_ms);
    return std::chrono::milliseconds{longest};
}

bool handler_table::any_slow() const noexcept {
    return std::any_of(all_.begin(), all_.end(), [](const auto& op) { return op->facts.slow; });
}

void handler_table::check(std::type_index store) const {
    const operation* last = nullptr;
    for (const auto& op : all_) {
        const auto& facts = op->facts;
        const auto refuse = [&](const char* why) {
            throw std::logic_error{"operation " + facts.name + ": " + why};
        };
        if (last && last->facts.name == facts.name) refuse("is in the handler table twice");
        const bool built_in = op->store_type == typeid(kit_store);
        const bool no_route = facts.method.empty() && facts.path.empty();
        if (!no_route && (facts.method.empty() || !facts.path.starts_with('/')))
            refuse("the route must be \"METHOD /path\", or empty");
        if (!built_in && op->store_type != store) refuse("its handler takes another store");
        if (facts.slow && !facts.safe && !op->prepares)
            refuse("a write cannot be slow; give it work to do before it");
        last = op.get();
    }
}

} // namespace postbus::kit
