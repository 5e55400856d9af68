#include "tests/integration/hosts.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace postbus::tests {

namespace {

constexpr auto own_namespace = "/proc/thread-self/ns/net";

int open_own_namespace() {
    return open(own_namespace, O_RDONLY | O_CLOEXEC);
}

// Minus one with errno.
int new_namespace() {
    int made = -1;
    int failed = 0;
    std::thread{[&] { // this thread, and it alone, ends up in it
        if (unshare(CLONE_NEWNET) == 0) made = open_own_namespace();
        failed = errno;
    }}
        .join();
    errno = failed;
    return made;
}

void enter(int space) {
    if (setns(space, CLONE_NEWNET) != 0)
        throw std::system_error{errno, std::generic_category(), "setns"};
}

bool can(const std::string& line) {
    const int code = std::system((line + " > /dev/null 2>&1").c_str());
    return WIFEXITED(code) && WEXITSTATUS(code) == 0;
}

void must(const std::string& line) {
    if (!can(line)) throw std::runtime_error{"failed: " + line};
}

/// The calling thread in a namespace, and back.
class within {
public:
    explicit within(int space) : home_{open_own_namespace()} { enter(space); }
    ~within() {
        (void)setns(home_, CLONE_NEWNET);
        close(home_);
    }
    within(const within&) = delete;
    within& operator=(const within&) = delete;

private:
    int home_;
};

std::string port(int host) {
    return "port" + std::to_string(host);
}

} // namespace

hosts::hosts(int count) : switch_{new_namespace()} {
    if (switch_ < 0) throw std::system_error{errno, std::generic_category(), "unshare"};
    {
        const within there{switch_};
        must("ip link add switch type bridge");
        must("ip link set switch up");
    }
    for (int host = 0; host < count; ++host) {
        hosts_.push_back(new_namespace());
        const auto space =
            "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(hosts_.back());
        {
            const within there{switch_};
            must("ip link add " + port(host) + " type veth peer name eth0 netns " + space);
            must("ip link set " + port(host) + " up");
        }
        plug(host, true);
        const within here{hosts_.back()};
        must("ip link set lo up");
        must("ip link set eth0 up");
        must("ip address add " + address(host) + "/24 dev eth0");
    }
}

hosts::~hosts() {
    for (const int space : hosts_) close(space);
    close(switch_);
}

std::string hosts::why_not() {
    if (!can("ip -V")) return "there is no `ip` (package iproute2)";
    const int space = new_namespace();
    if (space < 0)
        return std::string{"making a network namespace failed: "} +
               std::generic_category().message(errno);
    std::string why;
    {
        const within there{space};
        if (!can("ip link add one type veth peer name other")) why = "the kernel has no veth";
        else if (!can("ip link add switch type bridge")) why = "the kernel has no bridge";
    }
    close(space);
    return why;
}

std::string hosts::address(int host) const {
    return "10.77.0." + std::to_string(host + 1);
}

void hosts::cut(int host) {
    plug(host, false);
}

void hosts::heal(int host) {
    plug(host, true);
}

bool hosts::drop(int host, int percent) {
    const within here{hosts_.at(static_cast<std::size_t>(host))};
    const auto rule = "iifname eth0 numgen random mod 100 < " + std::to_string(percent) + " drop";
    return can("nft add table inet loss") &&
           can("nft 'add chain inet loss come { type filter hook input priority 0; }'") &&
           can("nft flush chain inet loss come") &&
           (percent == 0 || can("nft 'add rule inet loss come " + rule + "'"));
}

// The host keeps its carrier: taking that away would tell its kernel.
void hosts::plug(int host, bool in) {
    const within there{switch_};
    must("ip link set " + port(host) + (in ? " master switch" : " nomaster"));
}

hosts::visit::visit(const hosts& all, int host) : home_{open_own_namespace()} {
    enter(all.hosts_.at(static_cast<std::size_t>(host)));
}

hosts::visit::~visit() {
    (void)setns(home_, CLONE_NEWNET);
    close(home_);
}

} // namespace postbus::tests
