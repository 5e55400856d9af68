#include "bus/process_metrics.hpp"
#include "bus/unix_time.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace postbus::bus {

namespace {

// Field 22 of /proc/self/stat, in clock ticks since the machine's start. The second field, the name
// in parentheses, may hold anything.
std::uint64_t start_ticks() {
    std::ifstream file{"/proc/self/stat"};
    std::string line;
    std::getline(file, line);
    std::istringstream rest{line.substr(std::min(line.rfind(')') + 1, line.size()))};
    std::string field;
    for (int number = 3; number <= 22; ++number) rest >> field;
    return field.empty() ? 0 : std::strtoull(field.c_str(), nullptr, 10);
}

std::uint64_t start_unix_ms() {
    timespec up{};
    clock_gettime(CLOCK_BOOTTIME, &up);
    const auto booted = unix_ms() - up.tv_sec * 1000 - up.tv_nsec / 1'000'000;
    const auto ticks = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
    return static_cast<std::uint64_t>(booted) + start_ticks() * 1000 / ticks;
}

std::uint64_t resident_bytes() {
    std::ifstream file{"/proc/self/statm"};
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    file >> size >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t cpu_ms() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto ms = [](const timeval& time) { return time.tv_sec * 1000 + time.tv_usec / 1000; };
    return static_cast<std::uint64_t>(ms(used.ru_utime) + ms(used.ru_stime));
}

std::uint64_t open_descriptors() {
    std::uint64_t out = 0;
    std::error_code failed;
    for (std::filesystem::directory_iterator at{"/proc/self/fd", failed}, end; !failed && at != end;
         at.increment(failed))
        ++out;
    return out == 0 ? 0 : out - 1; // without the one that looks
}

} // namespace

void add_process_metrics(metric_report& out) {
    static const auto started = start_unix_ms();
    out.add("postbus_process_start_time_seconds", {}, started);
    out.add("postbus_process_resident_memory_bytes", {}, resident_bytes());
    out.add("postbus_process_cpu_seconds_total", {}, cpu_ms());
    out.add("postbus_process_open_fds", {}, open_descriptors());
}

} // namespace postbus::bus
