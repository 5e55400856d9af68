#pragma once

#include "tools/child.hpp"
#include "tools/child_line.hpp"
#include "tools/data_folder.hpp"
#include "tools/listen_check.hpp"
#include "tools/readiness.hpp"
#include "tools/stack_plan.hpp"
#include "tools/supervision.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>
#include <vector>

namespace postbus::tools {

/// Runs a stack until it is told to stop: carries out what supervision decides. Belongs to the
/// program's first thread, which the children's lives hang on.
class supervisor {
public:
    /// Throws start_error when a program, the data folder or an address cannot be had.
    explicit supervisor(stack_options);
    supervisor(const supervisor&) = delete;
    supervisor& operator=(const supervisor&) = delete;

    /// The exit code: 0 after SIGINT or SIGTERM, 1 when a program could not start.
    int run();

private:
    void check_programs() const;
    void check_addresses() const;
    void wait_for_stop_signal();
    void wait_for_ended_child();
    void step();
    void start(std::size_t which);
    void look_for_ended();
    void ended(std::size_t which, process_end);
    void print(std::size_t which, std::string_view line) const;
    void report_failure() const;

    stack_options options_;
    host_and_port http_;
    std::string folder_;
    std::vector<planned_program> plan_;
    line_style style_;
    data_folder data_;
    boost::asio::io_context io_;
    boost::asio::signal_set stop_signals_;
    boost::asio::signal_set child_signals_;
    boost::asio::steady_timer timer_;
    supervision brain_;
    std::vector<std::unique_ptr<child>> children_; ///< by place in the plan
    std::vector<std::string> last_words_;
    std::unique_ptr<readiness> readiness_;
    bool killed_ = false;
};

} // namespace postbus::tools
