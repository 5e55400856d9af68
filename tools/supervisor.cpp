#include "tools/supervisor.hpp"

#include "bus/nearest.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
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
      plan_{plan_stack(options_)}, style_{style_of(plan_, options_)}, data_{options_.data},
      stop_signals_{io_, SIGINT, SIGTERM, SIGHUP},
      child_signals_{io_, SIGCHLD}, timer_{io_}, brain_{roles_of(plan_), clock::now()},
      children_(plan_.size()), last_words_(plan_.size()) {
    check_programs();
    check_addresses();
}

int supervisor::run() {
    wait_for_stop_signal();
    wait_for_ended_child();
    readiness_ = std::make_unique<readiness>(io_, options_, http_, [this] {
        brain_.ready();
        readiness_.reset();
        std::cout << "ready http://" << http_.text() << std::endl;
    });
    step();
    io_.run();
    if (brain_.failed()) report_failure();
    return brain_.failed() || killed_ ? 1 : 0;
}

void supervisor::check_programs() const {
    for (const auto& one : plan_) {
        if (access((folder_ + '/' + one.program).c_str(), X_OK) == 0) continue;
        std::string what = "there is no program " + one.program + " in " + folder_;
        if (one.role == role::worker)
            what += "; a service's name must be that of its program, such as " +
                    bus::nearest(one.program.substr(8),
                                 {"users", "catalog", "orders", "payments", "journal"});
        throw start_error{what};
    }
}

void supervisor::check_addresses() const {
    const auto check = [](const host_and_port& where, const std::string& what) {
        if (const auto why = why_not_listen(where); !why.empty())
            throw start_error{what + " cannot listen at " + where.text() + ": " + why};
    };
    for (const auto& broker : options_.brokers) {
        check({broker.host, broker.port}, "the broker (--bus)");
        check({broker.host, static_cast<std::uint16_t>(broker.port + 1)},
              "the broker (--bus, the port after it)");
    }
    check(http_, "the gateway (--http)");
}

void supervisor::wait_for_stop_signal() {
    stop_signals_.async_wait([this](boost::system::error_code failed, int) {
        if (failed) return;
        killed_ = brain_.stopping();
        readiness_.reset();
        brain_.stop(clock::now());
        wait_for_stop_signal();
        step();
    });
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
    using kind = supervision::action::kind;
    for (const auto& action : brain_.due(clock::now())) {
        switch (action.what) {
        case kind::start: start(action.which); break;
        case kind::terminate: children_[action.which]->signal(SIGTERM); break;
        case kind::kill: children_[action.which]->signal(SIGKILL); break;
        }
    }
    if (brain_.finished()) {
        io_.stop();
        return;
    }
    const auto wake = brain_.wake_at();
    if (!wake) return;
    timer_.expires_at(*wake);
    timer_.async_wait([this](boost::system::error_code failed) {
        if (!failed) step();
    });
}

void supervisor::start(std::size_t which) {
    auto plan = plan_[which];
    plan.arguments.insert(plan.arguments.end(), plan.first_time.begin(), plan.first_time.end());
    plan_[which].first_time.clear();
    brain_.started(which, clock::now());
    try {
        children_[which] = std::make_unique<child>(
            io_, folder_, plan, [this, which](std::string_view line) { print(which, line); });
    } catch (const std::system_error& e) {
        last_words_[which] = e.what();
        spdlog::error("{}: {}", plan.name, e.what());
        ended(which, {false, 127});
    }
}

void supervisor::look_for_ended() {
    for (std::size_t i = 0; i < children_.size(); ++i) {
        if (!children_[i]) continue;
        const auto how = children_[i]->poll();
        if (!how) continue;
        last_words_[i] = children_[i]->last_line();
        children_[i].reset();
        ended(i, *how);
    }
}

void supervisor::ended(std::size_t which, process_end how) {
    const auto now = clock::now();
    brain_.ended(which, how, now);
    if (brain_.failed() == which) last_words_[which] += " (" + describe(how) + ')';
    if (const auto pause = brain_.pause(which, now))
        spdlog::warn("{} ended: {}; it starts again in {} ms", plan_[which].name, describe(how),
                     pause->count());
    else if (!brain_.failed() && how != process_end{})
        spdlog::warn("{} ended: {}", plan_[which].name, describe(how));
}

void supervisor::print(std::size_t which, std::string_view line) const {
    std::cerr << child_line(style_, plan_[which].name, which, line,
                            std::chrono::system_clock::now());
}

void supervisor::report_failure() const {
    const auto which = *brain_.failed();
    std::cerr << "postbus up: " << plan_[which].name
              << " could not start: " << message_of(last_words_[which]) << '\n';
}

} // namespace postbus::tools
