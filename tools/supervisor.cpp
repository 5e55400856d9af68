#include "tools/supervisor.hpp"

#include "bus/nearest.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include <unistd.h>

namespace postbus::tools {
namespace {

using clock = std::chrono::steady_clock;

host_and_port http_address(const std::string& text) {
    if (auto read = parse_host_and_port(text)) return *read;
    throw start_error{"--http: '" + text +
                      "' must look like 127.0.0.1:3000, with a port from 1 to 65535"};
}

std::vector<role> roles_of(const std::vector<planned_program>& plan) {
    std::vector<role> roles;
    for (const auto& one : plan) roles.push_back(one.role);
    return roles;
}

line_style style_of(const std::vector<planned_program>& plan, const stack_options& options) {
    line_style style;
    style.json = options.log_format == "json";
    style.colour = isatty(STDERR_FILENO) != 0 && !std::getenv("NO_COLOR");
    for (const auto& one : plan) style.width = std::max(style.width, one.name.size());
    return style;
}

} // namespace

supervisor::supervisor(stack_options options)
    : options_{std::move(options)}, http_{http_address(options_.http)}, folder_{own_folder()},
      data_{options_.data}, stop_signals_{io_, SIGINT, SIGTERM, SIGHUP},
      child_signals_{io_, SIGCHLD}, timer_{io_}, brain_{roles_of(plan_stack(options_)),
                                                        clock::now()},
      notices_{io_, [this](pid_t from, std::string_view state) { heard(from, state); }},
      control_{io_, options_.data,
               [this](const control_request& request,
                      const std::shared_ptr<control_session>& asker) { asked(request, asker); }} {
    for (auto& one : plan_stack(options_)) places_.push_back({std::move(one), nullptr, {}, 0});
    style_ = style_of(plan_stack(options_), options_);
    setenv("NOTIFY_SOCKET", notices_.name().c_str(), 1); // for the children
    check_programs();
    check_addresses();
}

int supervisor::run() {
    wait_for_stop_signal();
    wait_for_ended_child();
    boost::asio::steady_timer watchdog{io_};
    above_.feed_watchdog(watchdog);
    readiness_ = std::make_unique<readiness>(io_, options_, http_, [this] {
        brain_.ready();
        ready_ = true;
        readiness_.reset();
        std::cout << "ready http://" << http_.text() << std::endl;
        above_.tell("READY=1\nSTATUS=Serving http://" + http_.text());
    });
    step();
    io_.run();
    if (brain_.failed()) report_failure();
    return brain_.failed() || killed_ ? 1 : 0;
}

void supervisor::check_programs() const {
    for (const auto& [one, child, words, pid] : places_) {
        if (access((folder_ + '/' + one.program).c_str(), X_OK) == 0) continue;
        std::string what = "there is no program " + one.program + " in " + folder_;
        if (one.role == role::worker)
            what += "; a service's name must be that of its program, such as " +
                    bus::nearest(one.program.substr(8),
                                 {"users", "catalog", "orders", "payments", "journal"});
        throw start_error{what};
    }
}

void supervisor::check_addresses() {
    const auto check = [](const host_and_port& where, const std::string& what) {
        if (const auto why = why_not_listen(where); !why.empty())
            throw start_error{what + " cannot listen at " + where.text() + ": " + why};
    };
    for (const auto& broker : options_.brokers) {
        check({broker.host, broker.port}, "the broker (--bus)");
        check({broker.host, static_cast<std::uint16_t>(broker.port + 1)},
              "the broker (--bus, the port after it)");
    }
    try { // for every gateway: clients that wait for one do not notice when it is replaced
        listening_ = std::make_unique<listening_socket>(http_);
    } catch (const std::runtime_error& failed) {
        throw start_error{"the gateway (--http) cannot listen at " + http_.text() + ": " +
                          failed.what()};
    }
}

void supervisor::wait_for_stop_signal() {
    stop_signals_.async_wait([this](boost::system::error_code failed, int) {
        if (failed) return;
        stop();
        wait_for_stop_signal();
        step();
    });
}

void supervisor::stop() {
    killed_ = brain_.stopping();
    readiness_.reset();
    broker_watch_.reset();
    listening_.reset(); // the last gateway answers those who wait, and nobody comes after them
    if (changes_) changes_->abort("the stack is being stopped");
    brain_.stop(clock::now());
    above_.tell("STOPPING=1");
}

void supervisor::wait_for_ended_child() {
    child_signals_.async_wait([this](boost::system::error_code failed, int) {
        if (failed) return;
        look_for_ended();
        wait_for_ended_child();
        step();
    });
}

void supervisor::step() {
    // Each may give the other something to do.
    while (change() || supervise()) {
    }
    if (brain_.finished()) {
        io_.stop();
        return;
    }
    auto wake = brain_.wake_at();
    if (const auto limit = changes_ ? changes_->wake_at() : std::nullopt; limit)
        wake = wake ? std::min(*wake, *limit) : *limit;
    if (!wake) return;
    timer_.expires_at(*wake);
    timer_.async_wait([this](boost::system::error_code failed) {
        if (!failed) step();
    });
}

/// True when there was something to do.
bool supervisor::supervise() {
    using kind = supervision::action::kind;
    const auto actions = brain_.due(clock::now());
    for (const auto& action : actions) {
        switch (action.what) {
        case kind::start: start(action.which); break;
        case kind::terminate: places_[action.which].child->signal(SIGTERM); break;
        case kind::kill: places_[action.which].child->signal(SIGKILL); break;
        }
    }
    return !actions.empty();
}

void supervisor::start(std::size_t which) {
    auto& one = places_[which];
    auto plan = one.plan;
    plan.arguments.insert(plan.arguments.end(), plan.first_time.begin(), plan.first_time.end());
    one.plan.first_time.clear();
    brain_.started(which, clock::now());
    try {
        one.child = std::make_unique<child>(
            io_, folder_, plan, [this, which](std::string_view line) { print(which, line); },
            plan.role == role::gateway ? listening_->descriptor() : -1);
        one.pid = one.child->pid();
        if (changes_) changes_->started(which);
    } catch (const std::system_error& e) {
        one.last_words = e.what();
        spdlog::error("{}: {}", plan.name, e.what());
        ended(which, {false, 127});
    }
}

void supervisor::look_for_ended() {
    for (std::size_t i = 0; i < places_.size(); ++i) {
        auto& one = places_[i];
        const auto how = one.child ? one.child->poll() : std::nullopt;
        if (!how) continue;
        one.last_words = one.child->last_line();
        one.child.reset();
        ended(i, *how);
    }
}

void supervisor::ended(std::size_t which, process_end how) {
    const auto now = clock::now();
    auto& one = places_[which];
    brain_.ended(which, how, now);
    if (brain_.failed() == which) one.last_words += " (" + describe(how) + ')';
    if (const auto pause = brain_.pause(which, now))
        spdlog::warn("{} ended: {}; it starts again in {} ms", one.plan.name, describe(how),
                     pause->count());
    else if (!brain_.failed() && how != process_end{})
        spdlog::warn("{} ended: {}", one.plan.name, describe(how));
    if (changes_)
        changes_->ended(which, message_of(one.last_words) + " (" + describe(how) + ')', now);
}

void supervisor::print(std::size_t which, std::string_view line) const {
    std::cerr << child_line(style_, places_[which].plan.name, which, line,
                            std::chrono::system_clock::now());
}

void supervisor::report_failure() const {
    const auto which = *brain_.failed();
    std::cerr << "postbus up: " << places_[which].plan.name
              << " could not start: " << message_of(places_[which].last_words) << '\n';
}

} // namespace postbus::tools
