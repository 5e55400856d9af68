#include "tools/commands.hpp"

#include "bus/settings.hpp"
#include "bus/unix_time.hpp"
#include "schemas/json_write.hpp"
#include "tools/broker_complaint.hpp"
#include "tools/load_meter.hpp"
#include "tools/screen.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <iostream>
#include <optional>

namespace postbus::tools {
namespace {

using std::chrono::milliseconds;

struct top_options {
    std::vector<bus::endpoint> brokers;
    milliseconds interval{1000};
    std::int64_t count = 0; // 0: until it is stopped
    bool json = false;
};

std::string time_of_day() {
    const auto now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char out[16];
    return {out, std::strftime(out, sizeof out, "%H:%M:%S", &local)};
}

/// Asks all brokers once an interval and shows what they say.
class watch {
public:
    explicit watch(const top_options& options)
        : options_{options}, survey_{io_, {.brokers = options.brokers}} {
        if (!options_.json) screen_.emplace();
    }

    /// Until enough tables are made, or a signal comes. The exit code.
    int run() {
        signals_.async_wait([this](const boost::system::error_code& failed, int) {
            if (failed) return;
            stopped_ = true;
            io_.stop();
        });
        resized();
        if (draws()) {
            signals_.add(SIGQUIT);
            pauses();
        }
        ask();
        io_.run();
        if (stopped_ || unanswered_.empty()) return 0;
        screen_.reset(); // what follows belongs below it
        return no_broker("postbus top", unanswered_);
    }

private:
    bool draws() const { return screen_ && screen_->terminal(); }

    void resized() {
        resize_.async_wait([this](const boost::system::error_code& failed, int) {
            if (failed) return;
            if (shown_) draw();
            resized();
        });
    }

    // Ctrl-Z: a shell gets its page back meanwhile.
    void pauses() {
        pause_.add(SIGTSTP);
        pause_.async_wait([this](const boost::system::error_code& failed, int) {
            if (failed) return;
            screen_.reset();
            std::raise(SIGSTOP); // here it goes on with SIGCONT
            screen_.emplace();
            if (shown_) draw();
            pauses();
        });
    }

    void ask() {
        next_ = std::max(next_ + options_.interval, std::chrono::steady_clock::now());
        const auto patience = std::clamp(options_.interval, milliseconds{200}, milliseconds{1000});
        survey_.ask("broker.metrics", patience,
                    [this](const std::vector<bus::broker_answer>& answers) { hear(answers); });
    }

    void hear(const std::vector<bus::broker_answer>& answers) {
        auto now = meter_.read(answers);
        now.unix_ms = bus::unix_ms();
        const bool heard = std::ranges::any_of(now.brokers, &broker_seen::answered);
        unanswered_ = heard ? std::vector<bus::broker_answer>{} : answers;
        const bool first = !shown_;
        shown_ = std::move(now);
        // The first answers have no rates yet. A screen shows what there is.
        if (!first || draws()) draw();
        if (!first && options_.count != 0 && ++made_ == options_.count) return io_.stop();
        timer_.expires_at(next_ + options_.interval);
        timer_.async_wait([this](const boost::system::error_code& failed) {
            if (!failed) ask();
        });
    }

    void draw() {
        const bool read = screen_
                              ? screen_->show(load_table(*shown_, time_of_day(), screen_->room()) +
                                              (draws() ? "" : "\n"))
                              : write_out(schemas::to_json(*shown_) + '\n');
        if (read) return;
        stopped_ = true;
        io_.stop();
    }

    top_options options_;
    boost::asio::io_context io_{1};
    boost::asio::signal_set signals_{io_, SIGINT, SIGTERM, SIGHUP};
    boost::asio::signal_set pause_{io_};
    boost::asio::signal_set resize_{io_, SIGWINCH};
    boost::asio::steady_timer timer_{io_};
    bus::broker_survey survey_;
    load_meter meter_;
    std::optional<screen> screen_;
    std::optional<bus_load> shown_;
    std::chrono::steady_clock::time_point next_{};
    std::int64_t made_ = 0;
    std::vector<bus::broker_answer> unanswered_; // of the last round, when nobody answered
    bool stopped_ = false;
};

/// "2" or "0.5".
std::optional<milliseconds> seconds(const std::string& text) {
    char* end = nullptr;
    const auto value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !(value >= 0.1 && value <= 3600)) return std::nullopt;
    return milliseconds{static_cast<std::int64_t>(value * 1000)};
}

} // namespace

int top(int argc, const char* const* argv) {
    top_options options;
    std::string interval = "1";
    bool once = false;
    bus::settings settings{
        "postbus top",
        "Shows what goes on, service by service, once a second: calls, their times, queues, "
        "workers, and how far readers of events are behind. Ctrl-C ends it.\n\n"
        "Examples:\n"
        "  postbus top --interval 5\n"
        "  postbus top --once --json | python3 -m json.tool"};
    settings.brokers(options.brokers);
    settings.text("interval", "Seconds from one table to the next, 0.1 to 3600", interval);
    settings.number("count", "End after so many tables; 0: go on", options.count, 0, 1'000'000'000);
    settings.toggle("once", "End after one table", once);
    settings.toggle("json", "Print a line of JSON instead of a table", options.json);
    if (const auto code = settings.parse(argc, argv)) return *code;
    if (const auto read = seconds(interval)) {
        options.interval = *read;
    } else {
        std::cerr << "postbus top: --interval: '" << interval
                  << "' is no number of seconds from 0.1 to 3600\n";
        return 2;
    }
    if (once) options.count = 1;
    spdlog::set_level(spdlog::level::err); // reasons are shown above the table
    std::signal(SIGPIPE, SIG_IGN);

    return watch{options}.run();
}

} // namespace postbus::tools
