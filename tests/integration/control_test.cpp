// DIR/postbus.sock: who may ask, and what becomes of what is no request.

#include "tests/integration/unix_socket.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <fstream>
#include <thread>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace postbus::tests {

namespace {

std::string socket_of(const shop& s) {
    return (s.data() / "postbus.sock").string();
}

/// What the supervisor answers to these bytes, until it closes.
std::string answer_to(const shop& s, std::string_view bytes) {
    unix_stream stream{socket_of(s)};
    REQUIRE(stream.open());
    stream.send(bytes);
    return stream.receive_all();
}

} // namespace

TEST_CASE("the control socket is its owner's only, and gone after the stop") {
    shop s;
    auto& up = s.start_up();
    struct stat file {};
    REQUIRE_EQ(stat(socket_of(s).c_str(), &file), 0);
    CHECK(S_ISSOCK(file.st_mode));
    CHECK_EQ(file.st_mode & 0777U, 0600U);
    CHECK_EQ(up.stop(), 0);
    CHECK_FALSE(std::filesystem::exists(socket_of(s)));
}

TEST_CASE("what is no request gets an answer that says so, and harms nobody") {
    shop s;
    auto& up = s.start_up();
    const auto refused = [&](std::string_view bytes, std::string_view why) {
        const auto answer = answer_to(s, bytes);
        CHECK_MESSAGE(answer.find(R"("event":"refused")") != std::string::npos, answer);
        CHECK_MESSAGE(answer.find(why) != std::string::npos, answer);
    };
    refused("hello\n", "no JSON");
    refused("\n", "no JSON");
    refused("[1]\n", "wrong");
    refused("{}\n", "command");
    refused(R"({"command":"explode"})"
            "\n",
            "only restart and scale");
    refused(R"({"command":"restart"})"
            "\n",
            "name what");
    refused(R"({"command":"restart","names":["users"],"force":true})"
            "\n",
            "force");
    refused(R"({"command":"restart","names":["users"],"timeout_ms":0})"
            "\n",
            "time limit");
    refused(R"({"command":"scale","scale":[{"service":"users","workers":1000}]})"
            "\n",
            "0 to 64");
    refused(R"({"command":"scale","scale":[{"service":"../sh","workers":1}]})"
            "\n",
            "no service");
    refused(std::string(20'000, 'x'), "at most 16384 bytes");
    { // nothing, and gone
        const unix_stream silent{socket_of(s)};
        CHECK(silent.open());
    }
    std::vector<std::unique_ptr<unix_stream>> crowd;
    for (int i = 0; i < 16; ++i) crowd.push_back(std::make_unique<unix_stream>(socket_of(s)));
    CHECK(eventually(3000ms,
                     [&] { return answer_to(s, "{}\n").find("too many") != std::string::npos; }));
    CHECK_NE(crowd.front()->receive_all().find("within 5 s"), std::string::npos);
    crowd.clear();
    CHECK_EQ(run("postbus", {"restart", "users", "--data", s.data().string()}, s.folder()).code, 0);
    CHECK_EQ(s.get("/users").status, 200);
    CHECK_EQ(up.stop(), 0);
}

TEST_CASE("a user who is neither the owner nor root is told so" * doctest::skip(geteuid() != 0)) {
    shop s;
    auto& up = s.start_up();
    for (const auto& path : {s.folder(), s.data()}) chmod(path.c_str(), 0755);
    chmod(socket_of(s).c_str(), 0666); // as if somebody had opened it to all
    std::string answer;
    std::thread{[&] { // of this thread only: the C library's setresuid changes all of them
        constexpr uid_t nobody = 65534;
        if (syscall(SYS_setresuid, -1, nobody, -1) != 0) return;
        unix_stream stream{socket_of(s)};
        stream.send(R"({"command":"restart","names":["all"]})"
                    "\n");
        answer = stream.receive_all();
    }}
        .join();
    CHECK_MESSAGE(answer.find("not user 65534") != std::string::npos, answer);
    CHECK_EQ(answer.find("starting"), std::string::npos);
    CHECK_EQ(up.stop(), 0);
}

TEST_CASE("the socket of a supervisor that was killed is told of, and replaced by the next") {
    shop s;
    auto& up = s.start_up();
    up.kill();
    REQUIRE(std::filesystem::exists(socket_of(s)));
    const std::vector<std::string> words{"restart", "users", "--data", s.data().string()};
    const auto alone = run("postbus", words, s.folder());
    CHECK_EQ(alone.code, 1);
    CHECK_MESSAGE(alone.err.find("left behind") != std::string::npos, alone.err);
    CHECK_MESSAGE(alone.err.find("no `postbus up` runs") != std::string::npos, alone.err);
    auto& again = s.start_up();
    CHECK_EQ(run("postbus", words, s.folder()).code, 0);
    CHECK_EQ(again.stop(), 0);
}

TEST_CASE("one change at a time: who asks meanwhile is refused") {
    shop s;
    auto& up = s.start_up();
    const auto old = descendants(up.pid(), "postbus-users");
    REQUIRE_EQ(old.size(), 1);
    kill(old[0], SIGSTOP); // so that the first one lasts
    auto& first = s.start_program("postbus", {"restart", "users", "--data", s.data().string()});
    const bool under_way =
        eventually(10'000ms, [&] { return first.out().find("finishes") != std::string::npos; });
    const auto second =
        run("postbus", {"scale", "orders=2", "--json", "--data", s.data().string()}, s.folder());
    kill(old[0], SIGCONT);
    REQUIRE(under_way);
    CHECK_EQ(second.code, 1);
    CHECK_MESSAGE(second.out.find("under way") != std::string::npos, second.out);
    CHECK_EQ(first.wait(15'000ms), 0);
    CHECK_EQ(up.stop(), 0);
}

TEST_CASE("a restart under way when the stack is stopped says so") {
    shop s;
    auto& up = s.start_up();
    const auto old = descendants(up.pid(), "postbus-users");
    REQUIRE_EQ(old.size(), 1);
    kill(old[0], SIGSTOP);
    auto& command = s.start_program("postbus", {"restart", "users", "--data", s.data().string()});
    const bool under_way =
        eventually(10'000ms, [&] { return command.out().find("finishes") != std::string::npos; });
    up.send(SIGTERM);
    CHECK_EQ(command.wait(10'000ms), 1);
    kill(old[0], SIGCONT);
    REQUIRE(under_way);
    CHECK_MESSAGE(command.err().find("being stopped") != std::string::npos, command.err());
    CHECK_EQ(up.wait(20'000ms), 0);
}

TEST_CASE("a data folder with a very long name has a control socket like any other") {
    shop s;
    const auto deep = s.folder() / std::string(100, 'd') / std::string(100, 'e');
    auto& up = s.start_program(
        "postbus", {"up", "--http", s.http(), "--bus", s.bus(), "--data", deep.string()});
    REQUIRE(eventually(15'000ms, [&] { return up.out().find("ready") != std::string::npos; }));
    const auto done = run("postbus", {"restart", "users", "--data", deep.string()}, s.folder());
    CHECK_MESSAGE(done.code == 0, done.err);
    CHECK_EQ(up.stop(), 0);
}

} // namespace postbus::tests
