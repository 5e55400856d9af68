#include "bus/logging.hpp"

#include "bus/log_line.hpp"

#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <memory>
#include <stdexcept>

namespace postbus::bus {
namespace {

using line_writer = void (*)(const log_entry&, std::string&);

class line_formatter : public spdlog::formatter {
public:
    line_formatter(std::string program, line_writer write)
        : program_{std::move(program)}, write_{write} {}

    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        const auto level = spdlog::level::to_string_view(message.level);
        line_.clear();
        write_({message.time,
                {level.data(), level.size()},
                program_,
                getpid(),
                {message.payload.data(), message.payload.size()}},
               line_);
        out.append(line_.data(), line_.data() + line_.size());
    }

    std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<line_formatter>(program_, write_);
    }

private:
    std::string program_;
    line_writer write_;
    std::string line_;
};

} // namespace

void start_logging(const std::string& program, const std::string& format) {
    if (format != "text" && format != "json")
        throw std::invalid_argument{"the log format must be text or json, not '" + format + '\''};
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    sink->set_formatter(std::make_unique<line_formatter>(
        program, format == "json" ? append_json_line : append_text_line));
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(program, std::move(sink)));
}

} // namespace postbus::bus
