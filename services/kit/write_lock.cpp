#include "services/kit/write_lock.hpp"

#include "services/kit/process.hpp"

#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace postbus::kit {

namespace {

constexpr auto look_interval = std::chrono::milliseconds{50};
constexpr int wake_signal = SIGURG; // ignored by default, so nobody else counts on it

// Without SA_RESTART, so that a blocking flock ends with EINTR.
void install_wake_signal() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(wake_signal, &action, nullptr);
}

} // namespace

write_lock::write_lock(std::filesystem::path file, int wake_fd, lock_watch watch)
    : file_{std::move(file)}, wake_fd_{wake_fd}, watch_{watch} {
    fd_ = open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd_ < 0) throw std::system_error{errno, std::generic_category(), file_.string()};
    own_.pid = getpid();
    if (const auto facts = facts_of(own_.pid)) own_.start = facts->start;
}

write_lock::~write_lock() {
    if (waiter_.joinable()) {
        {
            const std::lock_guard guard{mutex_};
            stopping_ = true;
        }
        asked_.notify_one();
        // The signal can come just before the thread blocks; so it comes until the thread is done.
        while (!stopped_) {
            pthread_kill(waiter_.native_handle(), wake_signal);
            std::this_thread::sleep_for(std::chrono::milliseconds{1}); // a pause between two
        }
        waiter_.join();
    }
    if (held()) release();
    close(fd_);
}

bool write_lock::try_acquire(purpose what) {
    if (held()) return true;
    if (waiting()) return false;
    if (flock(fd_, LOCK_EX | LOCK_NB) != 0) return false;
    purpose_ = what;
    write(what == purpose::migration ? lock_record::state::exempt : lock_record::state::held);
    watch_.reset();
    state_ = state::held;
    return true;
}

void write_lock::wait() {
    if (state_ != state::idle) return;
    if (!waiter_.joinable()) {
        install_wake_signal();
        waiter_ = std::thread{[this] { wait_for_it(); }};
    }
    {
        const std::lock_guard guard{mutex_};
        state_ = state::waiting;
    }
    asked_.notify_one();
}

void write_lock::wait_for_it() {
    sigset_t others;
    sigfillset(&others);
    sigdelset(&others, wake_signal);
    pthread_sigmask(SIG_SETMASK, &others, nullptr);
    std::unique_lock guard{mutex_};
    while (true) {
        asked_.wait(guard, [this] { return stopping_ || state_ == state::waiting; });
        if (stopping_) break;
        guard.unlock();
        const bool got = flock(fd_, LOCK_EX) == 0;
        if (got)
            write(purpose_ == purpose::migration ? lock_record::state::exempt
                                                 : lock_record::state::held);
        guard.lock();
        if (!got) continue;
        state_ = state::held;
        const std::uint64_t one = 1;
        if (wake_fd_ >= 0) [[maybe_unused]]
            const auto told = ::write(wake_fd_, &one, sizeof one);
    }
    stopped_ = true;
}

void write_lock::release() {
    if (!held()) return;
    // Said before it is done: a record must never name a process that has let go already.
    write(lock_record::state::released);
    watch_.reset();
    purpose_ = purpose::writing;
    state_ = state::idle;
    flock(fd_, LOCK_UN);
}

bool write_lock::acquire(const std::function<bool()>& keep_waiting, purpose what) {
    if (try_acquire(what)) return true;
    purpose_ = what;
    wait();
    for (bool said = false; !held();) {
        if (const auto trouble = look_after(std::chrono::steady_clock::now()); trouble && !said) {
            spdlog::warn("waiting for {}: {}", file_.string(), *trouble);
            said = true;
        }
        if (!keep_waiting()) return held();
        // The holder must be looked after meanwhile, so this looks instead of being woken.
        std::this_thread::sleep_for(look_interval);
    }
    return true;
}

std::optional<std::string> write_lock::look_after(std::chrono::steady_clock::time_point now) {
    const auto seen = read();
    if (!watch_.stuck(seen, now)) return std::nullopt;
    // The kernel knows who holds it; the record says since when. A holder that stopped before it
    // wrote its record, or after it wrote that it lets go, is known to the kernel only.
    const auto holder = flock_holder(fd_);
    const auto pid =
        holder.value_or(seen && seen->now != lock_record::state::released ? seen->pid : 0);
    if (pid == 0) return "an unknown process holds the write lock " + file_.string();
    const bool recorded = seen && seen->pid == pid;
    const auto facts = facts_of(pid);
    const auto start = recorded ? seen->start : facts ? facts->start : 0;
    const auto text = "process " + std::to_string(pid) + " has held the write lock " +
                      file_.string() + " for over 2 s";
    if (pid == own_.pid) return std::nullopt; // our thread got it between the two looks
    switch (kill_exactly(pid, start)) {
    case kill_result::killed:
        spdlog::warn("{}: killed it", text);
        watch_.reset();
        return std::nullopt;
    case kill_result::gone: watch_.reset(); return std::nullopt;
    case kill_result::forbidden: return text + " and may not be killed from here";
    case kill_result::disk: return text + " and waits for its disk";
    }
    return text;
}

void write_lock::write(lock_record::state now) {
    own_.now = now;
    if (now != lock_record::state::released) ++own_.acquisition;
    const auto line = format(own_);
    [[maybe_unused]] const auto written = pwrite(fd_, line.data(), line.size(), 0);
}

std::optional<lock_record> write_lock::read() const {
    char line[lock_record_size];
    const auto size = pread(fd_, line, sizeof line, 0);
    return size < 0 ? std::nullopt : parse_lock_record({line, static_cast<std::size_t>(size)});
}

} // namespace postbus::kit
