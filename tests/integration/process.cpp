#include "tests/integration/process.hpp"

#include "tests/default_bin.hpp"

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

namespace postbus::tests {

namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error{errno, std::generic_category(), what};
}

int open_file(const std::filesystem::path& path) {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) fail(path.c_str());
    return fd;
}

std::vector<std::string> clean_environment() {
    std::vector<std::string> kept;
    for (char** entry = environ; *entry != nullptr; ++entry)
        if (!std::string_view{*entry}.starts_with("POSTBUS_")) kept.emplace_back(*entry);
    return kept;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (auto& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

// stdin from a file that is gone as soon as it is open.
int input_file(const std::filesystem::path& path, std::string_view input) {
    std::ofstream{path} << input;
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail(path.c_str());
    unlink(path.c_str());
    return fd;
}

pid_t parent_of(pid_t pid, char& state) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
    std::string line;
    std::getline(file, line);
    const auto close = line.rfind(')'); // the name before it may hold anything
    if (close == std::string::npos) return -1;
    std::istringstream rest{line.substr(close + 1)};
    pid_t parent = -1;
    rest >> state >> parent;
    return parent;
}

} // namespace

std::filesystem::path program(std::string_view name) {
    auto own = std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
    if (std::filesystem::exists(own)) return own;
    const char* given = std::getenv("POSTBUS_BIN");
    return std::filesystem::absolute(given != nullptr ? given : POSTBUS_DEFAULT_BIN) / name;
}

process::process(std::string name, const std::filesystem::path& program,
                 const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                 std::string_view input)
    : name_{std::move(name)}, out_{folder / (name_ + ".out")}, err_{folder / (name_ + ".err")} {
    std::vector<std::string> words{program.string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    auto environment = clean_environment();
    const auto argv = pointers(words);
    const auto envp = pointers(environment);
    const int in = input_file(folder / (name_ + ".in"), input);
    const int out = open_file(out_);
    const int err = open_file(err_);
    const auto parent = getpid();

    pid_ = fork();
    if (pid_ == 0) { // only async-signal-safe calls from here on
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent || chdir(folder.c_str()) != 0) _exit(126);
        dup2(in, 0);
        dup2(out, 1);
        dup2(err, 2);
        execve(argv[0], argv.data(), envp.data());
        _exit(127);
    }
    close(in);
    close(out);
    close(err);
    if (pid_ < 0) fail("fork");
    pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)); // its header is not for C++
    if (pidfd_ < 0) fail("pidfd_open");
}

process::~process() {
    kill();
    close(pidfd_);
}

bool process::running() {
    return !reap(0);
}

void process::send(int signal) {
    if (running()) ::kill(pid_, signal);
}

std::optional<exit_code> process::wait(milliseconds limit) {
    reap(static_cast<int>(scaled(limit).count()));
    return ended_;
}

void process::kill() {
    send(SIGKILL);
    reap(-1);
}

std::optional<exit_code> process::stop(milliseconds limit) {
    send(SIGTERM);
    const auto code = wait(limit);
    if (!code) kill();
    return code;
}

std::string process::out() const {
    return read_file(out_);
}

std::string process::err() const {
    return read_file(err_);
}

bool process::reap(int timeout_ms) {
    if (ended_) return true;
    pollfd ready{.fd = pidfd_, .events = POLLIN, .revents = 0};
    int count = 0;
    do count = poll(&ready, 1, timeout_ms);
    while (count < 0 && errno == EINTR);
    if (count <= 0) return false;
    int status = 0;
    if (waitpid(pid_, &status, 0) != pid_) return false;
    ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return true;
}

finished run(const std::string& name, const std::vector<std::string>& arguments,
             const std::filesystem::path& folder, milliseconds limit, std::string_view input) {
    static std::atomic<int> count{0};
    process it{name + ".run" + std::to_string(++count), program(name), arguments, folder, input};
    const auto code = it.wait(limit);
    if (!code) it.kill();
    return {code, it.out(), it.err()};
}

bool alive(pid_t pid) {
    char state = 'Z';
    if (parent_of(pid, state) < 0) return false;
    if (state != 'Z' && state != 'X') return true;
    // Its first thread is gone; another one that is still dying keeps its ports.
    std::error_code gone;
    const std::filesystem::directory_iterator threads{"/proc/" + std::to_string(pid) + "/task",
                                                      gone};
    return !gone && std::distance(begin(threads), end(threads)) > 1;
}

double memory_of(pid_t pid) {
    std::ifstream status{"/proc/" + std::to_string(pid) + "/status"};
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
    return 0;
}

std::string program_of(pid_t pid) {
    auto name = read_file("/proc/" + std::to_string(pid) + "/comm");
    while (!name.empty() && name.back() == '\n') name.pop_back();
    return name;
}

std::vector<pid_t> descendants(pid_t pid, std::string_view program) {
    std::vector<pid_t> found{pid};
    for (std::size_t i = 0; i < found.size(); ++i)
        for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
            const auto candidate = std::atoi(entry.path().filename().c_str());
            char state = 'Z';
            if (candidate > 0 && parent_of(candidate, state) == found[i])
                found.push_back(candidate);
        }
    found.erase(found.begin());
    const auto wanted = program.substr(0, 15);
    std::erase_if(found, [&](pid_t one) { return !wanted.empty() && program_of(one) != wanted; });
    return found;
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace postbus::tests
