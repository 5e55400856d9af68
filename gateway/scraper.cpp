#include "gateway/scraper.hpp"

#include "gateway/exposition.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace postbus::gateway {

namespace {

constexpr std::chrono::milliseconds patience{1000}; // with a broker
constexpr std::chrono::seconds fresh{1};

} // namespace

scraper::scraper(boost::asio::io_context& io, bus::client_options brokers, collector own)
    : io_{io}, brokers_{std::move(brokers)}, collect_{std::move(own)} {}

void scraper::ask(scrape_waiter& who) {
    waiting_.push_back(&who);
    if (asking_) return;
    const auto now = clock::now();
    if (!page_.empty() && now - made_at_ < fresh) {
        boost::asio::post(io_, [this] {
            if (!asking_) give();
        });
        return;
    }
    asking_ = true;
    asked_at_ = now;
    collect_([this](bus::metric_report own) {
        own_ = std::move(own);
        ask_brokers();
    });
}

void scraper::ask_brokers() {
    if (!survey_) survey_ = std::make_unique<bus::broker_survey>(io_, brokers_);
    survey_->ask("broker.metrics", patience, [this](const auto& answers) { finish(answers); });
}

void scraper::forget(scrape_waiter& who) {
    std::erase(waiting_, &who);
}

void scraper::finish(const std::vector<bus::broker_answer>& answers) {
    made_at_ = clock::now();
    page_ = exposition(own_, answers,
                       std::chrono::duration_cast<std::chrono::microseconds>(made_at_ - asked_at_));
    asking_ = false;
    give();
}

void scraper::give() {
    for (const auto waiting = std::exchange(waiting_, {}); auto* one : waiting)
        one->on_scraped(page_);
}

} // namespace postbus::gateway
