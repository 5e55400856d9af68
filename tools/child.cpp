#include "tools/child.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

namespace postbus::tools {

namespace asio = boost::asio;

child::child(asio::io_context& io, const std::string& folder, const planned_program& plan,
             line_handler on_line, int inherited)
    : on_line_{std::move(on_line)} {
    const auto started = spawn(folder + '/' + plan.program, plan.arguments, inherited);
    pid_ = started.pid;
    output_ = std::make_shared<stream>(io, started.output);
    errors_ = std::make_shared<stream>(io, started.errors);
    wait(output_);
    wait(errors_);
}

child::~child() {
    for (const auto& one : {output_, errors_})
        if (one) one->source.close();
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

void child::signal(int number) const {
    if (pid_ > 0) kill(pid_, number);
}

std::optional<process_end> child::poll() {
    if (pid_ < 0) return std::nullopt;
    const auto how = reap(pid_);
    if (!how) return std::nullopt;
    pid_ = -1;
    finish(*errors_);
    finish(*output_);
    return how;
}

const std::string& child::last_line() const noexcept {
    return errors_->last.empty() ? output_->last : errors_->last;
}

void child::wait(const std::shared_ptr<stream>& from) {
    // The handler may run after this child is gone: then its stream is closed.
    from->source.async_wait(asio::posix::stream_descriptor::wait_read,
                            [this, from](boost::system::error_code failed) {
                                if (failed || !from->source.is_open()) return;
                                if (read(*from)) wait(from);
                            });
}

bool child::read(stream& from) {
    std::array<char, 8192> buffer;
    // More than a pipe holds; a process that never pauses must not keep the others waiting.
    for (int turn = 0; turn < 16; ++turn) {
        const auto size = ::read(from.source.native_handle(), buffer.data(), buffer.size());
        if (size == 0) return false;
        if (size < 0) return errno == EAGAIN || errno == EINTR;
        from.lines.add({buffer.data(), static_cast<std::size_t>(size)}, [&](std::string_view line) {
            from.last = line;
            on_line_(line);
        });
    }
    return true;
}

/// Takes what is in the pipe now. Not until its end: a grandchild could keep it open for ever.
void child::finish(stream& from) {
    read(from);
    from.source.close();
    from.lines.finish([&](std::string_view line) {
        from.last = line;
        on_line_(line);
    });
}

} // namespace postbus::tools
