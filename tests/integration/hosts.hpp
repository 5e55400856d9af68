#pragma once

#include <string>
#include <vector>

namespace postbus::tests {

/// Machines of their own on this one, as far as the network goes: each has a network namespace with
/// a loopback and an address, and a cable to one switch. The namespaces have no names and are held
/// by descriptors only, so all of it ends with this process, however that ends.
class hosts {
public:
    /// Throws std::runtime_error when it cannot be done though why_not() is empty.
    explicit hosts(int count);
    ~hosts();
    hosts(const hosts&) = delete;
    hosts& operator=(const hosts&) = delete;

    /// Empty, or why this machine does not let us have hosts.
    static std::string why_not();

    std::string address(int host) const;
    /// Pulls the cable: nothing reaches this host any more and nothing leaves it, without a word.
    void cut(int host);
    void heal(int host);
    /// Of the packets that come to this host, so many are dropped at random. False: the kernel
    /// cannot do that.
    bool drop(int host, int percent);

    /// The calling thread, and what it starts from then on, is at that host: threads and processes.
    class visit {
    public:
        visit(const hosts&, int host);
        ~visit();
        visit(const visit&) = delete;
        visit& operator=(const visit&) = delete;

    private:
        int home_;
    };

private:
    void plug(int host, bool in);

    int switch_;
    std::vector<int> hosts_;
};

} // namespace postbus::tests
