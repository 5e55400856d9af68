#pragma once

#include "bus/messages.hpp"
#include "services/kit/answer.hpp"
#include "services/kit/outbox.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::kit {

/// What a handler may know of its call and add to the reply, beyond request and store; and where
/// its events go. Lives for one run of the handler.
class context : public outbox {
public:
    context(const bus::call_meta& meta, std::string_view path_template, answer& reply,
            event_log* log = nullptr) noexcept
        : outbox{log, meta.trace}, meta_{meta}, path_template_{path_template}, reply_{reply} {}

    const std::string& principal() const noexcept { return meta_.principal; } ///< empty: nobody
    /// A request field that the operation declared; the name in lower case.
    std::optional<std::string_view> field(std::string_view name) const;

    /// Adds a field to the reply; the name in lower case.
    void set_field(std::string name, std::string value);

    /// For lists ordered by id: `found` was asked for with one more than `limit`. When there is one
    /// more, drops it and links to the next page: the same query, `after` the last id shown.
    template <class Item>
    void page(std::vector<Item>& found, std::int64_t limit) {
        if (std::ssize(found) <= limit) return;
        found.resize(static_cast<std::size_t>(limit));
        link_next(found.back().id, limit);
    }

private:
    void link_next(std::int64_t after, std::int64_t limit);

    const bus::call_meta& meta_;
    std::string_view path_template_;
    answer& reply_;
};

} // namespace postbus::kit
