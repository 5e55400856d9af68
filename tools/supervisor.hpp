#pragma once

#include "tools/broker_watch.hpp"
#include "tools/change_plan.hpp"
#include "tools/child.hpp"
#include "tools/child_line.hpp"
#include "tools/control_socket.hpp"
#include "tools/data_folder.hpp"
#include "tools/listen_check.hpp"
#include "tools/notify_socket.hpp"
#include "tools/readiness.hpp"
#include "tools/rollout.hpp"
#include "tools/service_manager.hpp"
#include "tools/stack_plan.hpp"
#include "tools/supervision.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postbus::tools {

/// Runs a stack until it is told to stop: carries out what supervision decides, and what commands
/// ask for while it runs. Belongs to the program's first thread, which the children's lives hang
/// on.
class supervisor {
public:
    /// Throws start_error when a program, the data folder or an address cannot be had.
    explicit supervisor(stack_options);
    supervisor(const supervisor&) = delete;
    supervisor& operator=(const supervisor&) = delete;

    /// The exit code: 0 after SIGINT or SIGTERM, 1 when a program could not start.
    int run();

private:
    /// A place for a process, which may be empty.
    struct place {
        planned_program plan;
        std::unique_ptr<tools::child> child;
        std::string last_words;
        pid_t pid = 0; ///< of the last one that ran here
    };

    void check_programs() const;
    void check_addresses();
    void wait_for_stop_signal();
    void wait_for_ended_child();
    void stop();
    void step();
    bool supervise();
    void start(std::size_t which);
    void look_for_ended();
    void ended(std::size_t which, process_end);
    void print(std::size_t which, std::string_view line) const;
    void report_failure() const;

    // supervisor_changes.cpp
    void heard(pid_t from, std::string_view state);
    void asked(const control_request&, const std::shared_ptr<control_session>&);
    std::string why_not_now() const;
    planned_change plan_of(const control_request&) const;
    std::vector<placed_program> present() const;
    bool change();
    std::size_t place_for(planned_program);
    void report_changes();
    std::vector<std::string> services_here() const;

    stack_options options_;
    host_and_port http_;
    std::string folder_;
    service_manager above_;
    data_folder data_;
    line_style style_;
    std::unique_ptr<listening_socket> listening_; ///< every gateway's; null while stopping
    boost::asio::io_context io_;
    boost::asio::signal_set stop_signals_;
    boost::asio::signal_set child_signals_;
    boost::asio::steady_timer timer_;
    std::vector<place> places_;
    supervision brain_;
    notify_socket notices_;
    control_socket control_;
    std::unique_ptr<readiness> readiness_;
    std::unique_ptr<broker_watch> broker_watch_;
    std::optional<rollout> changes_; ///< under way
    std::shared_ptr<control_session> asker_;
    bool ready_ = false;
    bool killed_ = false;
};

} // namespace postbus::tools
