#include "services/kit/slow_pool.hpp"

#include "services/kit/fault_log.hpp"

#include <utility>

namespace postbus::kit {

namespace {

void prepare(call& c) {
    try {
        if (!c.request->prepare(c.reply)) c.answered = true;
    } catch (const std::exception& e) {
        log_fault(c.op->facts.name, {fault::kind::bug, 0, e.what()});
        c.finish(failure());
    }
}

} // namespace

slow_pool::slow_pool(std::size_t threads, const database_url& url, const store_maker& maker,
                     const kit::wake& wake)
    : wake_{wake} {
    for (std::size_t i = 0; i < threads; ++i)
        readers_.push_back(std::make_unique<reader>(url, maker));
    for (const auto& one : readers_) threads_.emplace_back([this, &one] { work(*one); });
}

slow_pool::~slow_pool() {
    {
        const std::lock_guard guard{mutex_};
        stopping_ = true;
    }
    more_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void slow_pool::start(std::unique_ptr<call> c) {
    ++inside_;
    {
        const std::lock_guard guard{mutex_};
        waiting_.push_back(std::move(c));
    }
    more_.notify_one();
}

std::vector<std::unique_ptr<call>> slow_pool::take_finished() {
    if (inside_ == 0) return {};
    std::vector<std::unique_ptr<call>> out;
    {
        const std::lock_guard guard{mutex_};
        out = std::exchange(finished_, {});
    }
    inside_ -= out.size();
    return out;
}

std::size_t slow_pool::waiting() {
    const std::lock_guard guard{mutex_};
    return waiting_.size();
}

void slow_pool::work(reader& db) {
    std::unique_lock guard{mutex_};
    while (true) {
        more_.wait(guard, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        auto c = std::move(waiting_.front());
        waiting_.pop_front();
        guard.unlock();
        if (std::chrono::steady_clock::now() >= c->delivery.deadline)
            c->finish(refused(bus::errc::expired, bus::outcome::not_executed));
        else if (c->op->facts.safe) {
            db.run(*c, c->delivery.deadline);
            db.end();
        } else prepare(*c);
        guard.lock();
        finished_.push_back(std::move(c));
        wake_.call();
    }
}

} // namespace postbus::kit
