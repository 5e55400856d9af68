#include "tools/rollout.hpp"

#include <iterator>

namespace postbus::tools {

using report = change_report::kind;
using step = change_step::kind;

rollout::rollout(std::vector<change_step> steps, std::chrono::milliseconds limit, time_point now)
    : steps_{std::make_move_iterator(steps.begin()), std::make_move_iterator(steps.end())},
      limit_{limit} {
    next(now);
}

void rollout::next(time_point now) {
    fresh_.reset();
    runs_ = false;
    if (steps_.empty()) return finish();
    now_ = std::move(steps_.front());
    steps_.pop_front();
    deadline_ = now + limit_;
    stage_ = now_.what == step::remove ? stage::leaving : stage::starting;
    switch (now_.what) {
    case step::replace:
    case step::add: actions_.push_back({action::kind::start, 0, now_.plan}); break;
    case step::remove: let_go(action::kind::dismiss); break;
    case step::bounce:
        fresh_ = now_.old;
        let_go(action::kind::bounce);
        break;
    }
}

void rollout::let_go(action::kind how) {
    tell(report::draining, now_.old);
    actions_.push_back({how, now_.old, {}});
}

void rollout::started(std::size_t which) {
    if (stage_ != stage::starting || which != fresh_) return;
    runs_ = true;
    tell(report::starting, which);
}

void rollout::ready(std::size_t which, time_point now) {
    if (stage_ != stage::starting || which != fresh_ || !runs_) return;
    tell(report::ready, which);
    ++changed_;
    if (now_.what == step::bounce) return next(now);
    actions_.push_back({action::kind::keep, which, {}});
    if (now_.what == step::add) return next(now);
    stage_ = stage::leaving;
    let_go(action::kind::dismiss);
}

void rollout::ended(std::size_t which, const std::string& why, time_point now) {
    const bool has_old = now_.what != step::add;
    if (stage_ == stage::leaving && has_old && which == now_.old) {
        tell(report::ended, which);
        changed_ += now_.what == step::remove;
        return next(now);
    }
    if (which != fresh_) return; // its supervision sees to it
    if (now_.what == step::bounce) return bounced_ended(why);
    if (stage_ == stage::starting) {
        fail("ended before it was ready: " + why + remainder());
        finish();
    } else if (stage_ == stage::giving_up) {
        finish();
    }
}

/// The first time because it was told to; later ones do not come up again as they should.
void rollout::bounced_ended(const std::string& why) {
    if (runs_) last_end_ = why;
    else tell(report::ended, now_.old);
}

void rollout::tick(time_point now) {
    if (stage_ != stage::starting || now < deadline_) return;
    fail("was not ready within " + std::to_string(limit_.count()) + " ms" +
         (last_end_.empty() ? "" : "; it ended: " + last_end_) + remainder());
    if (now_.what == step::bounce || !fresh_) return finish();
    stage_ = stage::giving_up;
    actions_.push_back({action::kind::dismiss, *fresh_, {}});
}

/// What has not changed, now that the step failed.
std::string rollout::remainder() const {
    return now_.what == step::replace ? "; the one before it stays" : "";
}

void rollout::cancel() {
    cancelled_ = !steps_.empty();
    steps_.clear();
}

void rollout::abort(const std::string& why) {
    if (over()) return;
    if (!failed_) fail("was not finished: " + why);
    finish();
}

std::optional<rollout::time_point> rollout::wake_at() const {
    return stage_ == stage::starting ? std::optional{deadline_} : std::nullopt;
}

void rollout::fail(std::string why) {
    failed_ = true;
    steps_.clear();
    tell(report::failed, fresh_, std::move(why));
}

void rollout::finish() {
    stage_ = stage::over;
    if (failed_) return;
    tell(report::done, {},
         std::to_string(changed_) + (changed_ == 1 ? " process" : " processes") + " changed" +
             (cancelled_ ? ", then stopped as asked" : ""));
}

void rollout::tell(report what, std::optional<std::size_t> which, std::string text) {
    reports_.push_back(
        {what, what == report::done ? std::string{} : now_.name, which, std::move(text)});
}

} // namespace postbus::tools
