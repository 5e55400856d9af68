#pragma once

#include "tools/line_splitter.hpp"
#include "tools/process.hpp"
#include "tools/stack_plan.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace postbus::tools {

/// One running process of the stack, and the reader of what it prints. Belongs to the thread of its
/// io_context, which must be the one that lives as long as this program.
class child {
public:
    using line_handler = std::function<void(std::string_view line)>;

    /// Starts it; `inherited` as spawn() has it. Throws std::system_error.
    child(boost::asio::io_context&, const std::string& folder, const planned_program&,
          line_handler on_line, int inherited = -1);
    ~child(); ///< kills it when it still runs
    child(const child&) = delete;
    child& operator=(const child&) = delete;

    pid_t pid() const noexcept { return pid_; }
    void signal(int number) const;
    /// How it ended, once; then everything that it printed has been passed on.
    std::optional<process_end> poll();
    /// The last line that it printed to stderr, else to stdout.
    const std::string& last_line() const noexcept;

private:
    struct stream {
        stream(boost::asio::io_context& io, int descriptor) : source{io, descriptor} {}

        boost::asio::posix::stream_descriptor source;
        line_splitter lines;
        std::string last;
    };

    void wait(const std::shared_ptr<stream>&);
    bool read(stream&); ///< what is there; false at the end
    void finish(stream&);

    pid_t pid_ = -1;
    line_handler on_line_;
    std::shared_ptr<stream> output_;
    std::shared_ptr<stream> errors_;
};

} // namespace postbus::tools
