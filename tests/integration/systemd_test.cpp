// What systemd hears of the programs, and what it says of the units.

#include "tests/integration/unix_socket.hpp"

#include "tests/source_dir.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

namespace postbus::tests {

namespace {

/// For programs that are started while this lives.
struct notified {
    explicit notified(const std::filesystem::path& socket) : mailbox{socket.string()} {
        setenv("NOTIFY_SOCKET", socket.c_str(), 1);
    }
    ~notified() {
        for (const auto* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC"}) unsetenv(name);
    }
    notified(const notified&) = delete;
    notified& operator=(const notified&) = delete;

    unix_mailbox mailbox;
};

} // namespace

TEST_CASE("postbus up tells systemd when it is ready, that it lives, and that it stops") {
    shop s;
    notified systemd{s.folder() / "notify"};
    setenv("WATCHDOG_USEC", "200000", 1);
    auto& up = s.start_up();
    bool alive_before = false;
    std::string heard;
    while (!(heard = systemd.mailbox.receive(10'000ms)).starts_with("READY=1") && !heard.empty())
        alive_before |= heard == "WATCHDOG=1"; // nothing else may come: no child speaks for it
    CHECK(alive_before);
    CHECK_EQ(heard, "READY=1\nSTATUS=Serving http://" + s.http());
    CHECK_NE(up.out().find("ready http://"), std::string::npos);
    for (int i = 0; i < 3; ++i) CHECK_EQ(systemd.mailbox.receive(5000ms), "WATCHDOG=1");

    up.send(SIGTERM);
    while ((heard = systemd.mailbox.receive(5000ms)) == "WATCHDOG=1") continue;
    CHECK_EQ(heard, "STOPPING=1");
    CHECK_EQ(up.wait(10'000ms), 0);
}

TEST_CASE("each program by itself tells when it can be used") {
    shop s;
    notified systemd{s.folder() / "notify"};
    auto& users = s.start_worker("users");
    REQUIRE(eventually(5000ms, [&] { return users.err().find(s.bus()) != std::string::npos; }));
    CHECK_EQ(systemd.mailbox.receive(100ms), ""); // it waits for a broker
    auto& broker = s.start_broker();
    CHECK_EQ(systemd.mailbox.receive(5000ms), "READY=1"); // the broker
    CHECK_EQ(systemd.mailbox.receive(5000ms), "READY=1"); // the worker that waited for it
    auto& gateway = s.start_gateway();
    CHECK_EQ(systemd.mailbox.receive(5000ms), "READY=1");
    CHECK_EQ(s.get("/users").status, 200);
    for (auto* one : {&gateway, &users, &broker}) {
        one->send(SIGTERM);
        CHECK_EQ(systemd.mailbox.receive(5000ms), "STOPPING=1");
        CHECK_EQ(one->wait(10'000ms), 0);
    }
}

TEST_CASE("nobody to tell, or nobody there any more, is no trouble") {
    shop s;
    setenv("NOTIFY_SOCKET", (s.folder() / "nobody").c_str(), 1);
    s.start();
    unsetenv("NOTIFY_SOCKET");
    CHECK(s.stop_everything());
}

TEST_CASE("systemd finds nothing wrong with the units" *
          doctest::skip(!std::filesystem::exists("/usr/bin/systemd-analyze"))) {
    // Meson puts the folders in; here they only have to be there.
    const temporary_folder folder;
    const auto source = std::filesystem::path{POSTBUS_SOURCE_DIR} / "tools/systemd";
    const auto hardening = read_file(source / "hardening.conf");
    const auto bin = program("postbus").parent_path().string();
    std::vector<std::string> units;
    for (const auto& file : std::filesystem::directory_iterator{source}) {
        const auto extension = file.path().extension();
        if (extension != ".service" && extension != ".socket") continue;
        auto text = read_file(file.path());
        const auto replace = [&](const std::string& what, const std::string& with) {
            for (auto at = text.find(what); at != std::string::npos; at = text.find(what))
                text.replace(at, what.size(), with);
        };
        replace("@bindir@", bin);
        replace("@docdir@", "/usr/share/doc/postbus");
        replace("@hardening@", hardening);
        auto name = file.path().filename().string();
        std::ofstream{folder.path() / name} << text;
        if (const auto at = name.find("@."); at != std::string::npos)
            name.insert(at + 1, "orders.2");
        units.push_back(name);
    }
    CHECK_EQ(units.size(), 5);
    for (const auto& unit : units) {
        const auto path = (folder.path() / unit).string();
        const auto command = "SYSTEMD_UNIT_PATH=" + folder.path().string() +
                             ": /usr/bin/systemd-analyze verify --man=no --recursive-errors=no " +
                             path + " >" + path + ".output 2>&1";
        const int code = std::system(command.c_str());
        const auto output = read_file(path + ".output");
        CHECK_MESSAGE((code == 0 && output.empty()), unit, ": ", output);
    }
}

} // namespace postbus::tests
