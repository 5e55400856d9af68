#include "services/kit/consumption.hpp"

#include <algorithm>
#include <utility>

namespace postbus::kit {

namespace {

using std::chrono::milliseconds;

constexpr auto between_parked_looks = std::chrono::seconds{1};
constexpr milliseconds after_overrun{1000};
constexpr milliseconds after_change{2000}; // an operator who accepts it waits

} // namespace

consumption::consumption(const std::vector<bus::endpoint>& brokers, std::string service,
                         std::span<const consumer> consumers, inbox& box, const kit::wake& wake)
    : consumers_{consumers}, inbox_{box},
      progress_(consumers.size()), fetcher_{brokers, std::move(service), consumers, wake} {
    for (const auto& one : consumers_) {
        const auto at = inbox_.where(one.source());
        read_past(one, at.seq, 0);
        fetcher_.read_on(one, at);
    }
}

void consumption::take_arrivals() {
    for (auto& one : fetcher_.take()) arrivals_.push_back(std::move(one));
}

bool consumption::due(clock::time_point now) const {
    if (!overrun_.empty() && now >= overrun_.front().until) return true;
    return !arrivals_.empty() || now - looked_at_parked_ >= between_parked_looks;
}

std::optional<std::int64_t> consumption::serve(std::int64_t now_unix_ms) {
    end_pauses();
    const auto head = apply_one(now_unix_ms);
    const auto newer = retry_one(now_unix_ms);
    return newer ? newer : head;
}

// The other worker went on meanwhile: only now does the cursor tell where. Read at the begin of the
// pause, it would be behind again at its end, as long as there is much to do.
void consumption::end_pauses() {
    for (const auto now = clock::now(); !overrun_.empty() && now >= overrun_.front().until;
         overrun_.pop_front()) {
        const auto& [to, from, until] = overrun_.front();
        const auto at = inbox_.where(to->source(), from);
        read_past(*to, at.seq, 0);
        fetcher_.read_on(*to, at);
    }
}

std::optional<std::int64_t> consumption::apply_one(std::int64_t now_unix_ms) {
    if (arrivals_.empty()) return {};
    const auto one = std::move(arrivals_.front());
    arrivals_.pop_front();
    const auto done = inbox_.apply(one, now_unix_ms);
    switch (done.how) {
    case inbox::state::done:
        read_past(*one.to, done.reached.seq, one.page.events.size());
        fetcher_.read_on(*one.to, done.reached);
        break;
    case inbox::state::overrun:
        overrun_.push_back({one.to, one.from, clock::now() + after_overrun});
        break;
    case inbox::state::changed: fetcher_.read_on(*one.to, one.from, after_change);
    }
    return done.head;
}

std::optional<std::int64_t> consumption::retry_one(std::int64_t now_unix_ms) {
    const auto now = clock::now();
    if (now - looked_at_parked_ < between_parked_looks) return {};
    const auto tried = inbox_.retry(consumers_, now_unix_ms);
    more_parked_ = tried && tried->how == inbox::state::done; // many may wait behind one
    if (tried) return tried->head;
    looked_at_parked_ = now;
    return {};
}

void consumption::read_past(const consumer& what, std::int64_t seq, std::size_t events) {
    auto& its = progress_[static_cast<std::size_t>(&what - consumers_.data())];
    its.seq = seq;
    its.events += events;
}

void consumption::add_to(bus::metric_report& out) const {
    for (std::size_t i = 0; i < progress_.size(); ++i) {
        const auto& one = consumers_[i];
        const auto behind = fetcher_.head_of(one) - progress_[i].seq;
        out.add("postbus_worker_event_lag_events", {one.source()},
                static_cast<std::uint64_t>(std::max<std::int64_t>(behind, 0)));
        out.add("postbus_worker_events_read_total", {one.source()}, progress_[i].events);
    }
}

} // namespace postbus::kit
