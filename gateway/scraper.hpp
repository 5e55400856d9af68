#pragma once

#include "bus/broker_survey.hpp"
#include "bus/metric_report.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::gateway {

/// Who waits for a page of metrics.
class scrape_waiter {
public:
    virtual void on_scraped(std::string_view page) = 0;

protected:
    ~scrape_waiter() = default;
};

/// Makes the page that /metrics shows: asks the brokers, one scrape at a time. Whoever comes
/// meanwhile, or within a second after, gets the same page. Belongs to its shard's thread.
class scraper {
public:
    /// Calls what it is given with the gateway's own series, not from within.
    using collector = std::function<void(std::function<void(bus::metric_report)>)>;

    scraper(boost::asio::io_context&, bus::client_options brokers, collector own);

    /// The page comes through on_scraped(), never from within.
    void ask(scrape_waiter&);
    void forget(scrape_waiter&);

private:
    using clock = std::chrono::steady_clock;

    void ask_brokers();
    void finish(const std::vector<bus::broker_answer>&);
    void give();

    boost::asio::io_context& io_;
    bus::client_options brokers_;
    collector collect_;
    bus::metric_report own_;
    std::unique_ptr<bus::broker_survey> survey_; // from the first scrape on
    std::vector<scrape_waiter*> waiting_;
    std::string page_;
    clock::time_point asked_at_{};
    clock::time_point made_at_{};
    bool asking_ = false;
};

} // namespace postbus::gateway
