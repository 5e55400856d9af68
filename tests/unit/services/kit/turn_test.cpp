// A turn between a real broker and a real database file, in threads of this process.

#include "services/kit/turn.hpp"

#include "bus/broker.hpp"
#include "bus/client.hpp"
#include "schemas/codec.hpp"
#include "services/kit/built_in.hpp"
#include "services/kit/kit_store.hpp"
#include "services/kit/write_lock.hpp"
#include "tests/unit/services/kit/batch_room.hpp"
#include "tests/unit/services/kit/child.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

namespace postbus::tests {

namespace {

using namespace std::chrono_literals;
using bus::errc;
using bus::outcome;

/// Two ports in a row that were free a moment ago.
std::uint16_t free_ports() {
    for (std::uint16_t port = static_cast<std::uint16_t>(20'000 + getpid() % 10'000);; port += 2) {
        bool free = true;
        for (std::uint16_t i = 0; i < 2; ++i) {
            const int fd = socket(AF_INET, SOCK_STREAM, 0);
            sockaddr_in at{};
            at.sin_family = AF_INET;
            at.sin_port = htons(static_cast<std::uint16_t>(port + i));
            at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            free = free && bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
            close(fd);
        }
        if (free) return port;
    }
}

/// A reply as a value, once it has come.
struct outcome_of_call final : bus::call_observer {
    void on_reply(const bus::call_reply& reply) override {
        error = reply.error;
        known = reply.outcome;
        if (const auto meta = schemas::decode<bus::reply_meta>(reply.meta)) status = meta->status;
        body = reply.body;
        come = true;
    }
    bool come = false;
    errc error = errc::ok;
    outcome known = outcome::executed;
    int status = 0;
    std::string body;
};

class room {
public:
    explicit room(kit::turn_options options = {}) : room{either_engine(), options} {}
    explicit room(engine which, kit::turn_options options = {}, kit::service what = probe())
        : home_{which}, service_{std::move(what)} {
        spdlog::set_level(spdlog::level::off);
        service_.operations.add(kit::built_in_operations("probe"));
        where_.port = free_ports();
        broker_thread_ = std::thread{
            [this] { bus::broker{{.where = where_, .router = {}}}.run(broker_stop_.event_fd()); }};
        worker_thread_ = std::thread{[this, options] { work(options); }};
        client_.emplace(io_, bus::client_options{.brokers = {where_}, .max_open_calls = 200});
    }
    ~room() {
        client_.reset();
        stop_ = true;
        wake_.call();
        worker_thread_.join();
        broker_stop_.call();
        broker_thread_.join();
    }
    room(const room&) = delete;
    room& operator=(const room&) = delete;

    void start(const std::string& operation, std::string_view body, outcome_of_call& to,
               std::chrono::milliseconds limit = 10s) {
        const auto* op = service_.operations.find(operation);
        REQUIRE(op);
        const auto meta = schemas::encode(bus::call_meta{.operation = operation});
        const auto key = "probe/" + std::to_string(service_.version);
        client_->start({.service = key,
                        .write = !op->facts.safe,
                        .slow = op->facts.slow,
                        .time_limit = limit,
                        .meta = meta,
                        .body = body},
                       to);
    }
    bool wait_for(const outcome_of_call& reply) {
        const auto until = std::chrono::steady_clock::now() + 20s;
        while (!reply.come && std::chrono::steady_clock::now() < until) {
            io_.restart();
            io_.run_one_for(20ms);
        }
        return reply.come;
    }
    outcome_of_call call(const std::string& operation, std::string_view body = {}) {
        outcome_of_call out;
        start(operation, body, out);
        REQUIRE(wait_for(out));
        return out;
    }

    const kit::database_url& url() const { return home_.url(); }

private:
    void work(kit::turn_options options) {
        options.brokers = {where_};
        const auto db = kit::database::open(
            url(), service_, wake_.event_fd(), [] { return std::string{}; }, [] { return true; });
        bus::worker worker{
            {.brokers = {where_}},
            {"probe", service_.version, db->facts().id, service_.operations.facts()}};
        kit::turn turn{worker, service_, *db, wake_, options};
        while (!stop_) turn.step(100ms);
        worker.drain();
        const auto until = std::chrono::steady_clock::now() + 5s;
        while (!(worker.drained() && turn.empty()) && std::chrono::steady_clock::now() < until)
            turn.step(5ms);
        worker.close();
    }

    test_database home_;
    kit::service service_;
    bus::endpoint where_;
    kit::wake wake_;
    kit::wake broker_stop_;
    std::atomic<bool> stop_{false};
    std::thread broker_thread_;
    std::thread worker_thread_;
    boost::asio::io_context io_;
    std::optional<bus::client> client_;
};

/// Another process that has the write lock until it is told to let go.
child lock_holder(const kit::database_url& url) {
    return child{[url](const auto& say) {
        if (url.kind == kit::database_url::engine::postgresql) {
            kit::connection db{url, kit::connection::mode::create};
            db.begin_write();
            say();
            while (true) ::pause();
        }
        kit::write_lock lock{url.file.string() + ".lock"};
        while (!lock.try_acquire(kit::write_lock::purpose::migration)) sched_yield();
        say();
        while (true) ::pause();
    }};
}

/// Writes what it hears, and says nothing of it.
kit::result<void> note_down(notes& store, const note_added& fact, kit::event_context&) {
    store.add("heard " + fact.text);
    return {};
}

constexpr auto hello = R"({"text":"hello"})";

} // namespace

TEST_CASE("calls over the bus are answered, good and bad") {
    room here;
    const auto added = here.call("probe.add", hello);
    CHECK_EQ(added.status, 201);
    CHECK_EQ(added.body, R"({"id":1,"text":"hello"})");
    CHECK_EQ(here.call("probe.list").body, R"([{"id":1,"text":"hello"}])");
    CHECK_EQ(here.call("probe.add", "{}").status, 422);
    CHECK_EQ(here.call("probe.add", "{").status, 400);
    CHECK_EQ(here.call("probe.fail", hello).status, 500);
    CHECK_EQ(here.call("probe.refuse", hello).status, 409);
    CHECK_EQ(here.call("probe.list").body, R"([{"id":1,"text":"hello"}])");
}

TEST_CASE("writes that came together are all done, each once") {
    room here;
    std::vector<outcome_of_call> calls(90);
    for (auto& one : calls) here.start("probe.add", hello, one);
    for (const auto& one : calls) {
        REQUIRE(here.wait_for(one));
        CHECK_EQ(one.status, 201);
    }
    CHECK_EQ(here.call("probe.add", hello).body, R"({"id":91,"text":"hello"})");
}

TEST_CASE("while another process has the write lock, reads go on, and writes wait their time") {
    room here;
    here.call("probe.add", hello);
    auto other = lock_holder(here.url());
    REQUIRE(other.heard());
    outcome_of_call patient;
    outcome_of_call hasty;
    here.start("probe.add", hello, patient);
    here.start("probe.add", hello, hasty, 200ms);
    CHECK_EQ(here.call("probe.list").body, R"([{"id":1,"text":"hello"}])");
    REQUIRE(here.wait_for(hasty));
    CHECK_EQ(hasty.error, errc::expired);
    CHECK_FALSE(patient.come);
    other.signal(SIGKILL);
    REQUIRE(here.wait_for(patient));
    CHECK_EQ(patient.body, R"({"id":2,"text":"hello"})");
    CHECK_EQ(here.call("probe.list").body, R"([{"id":1,"text":"hello"},{"id":2,"text":"hello"}])");
}

TEST_CASE("a slow read holds nobody up, and work before a write is done first") {
    room here;
    outcome_of_call slow;
    here.start("probe.long-read", R"({"ms":1000})", slow);
    CHECK_EQ(here.call("probe.shout", hello).body, R"({"id":1,"text":"hello!"})");
    CHECK_FALSE(slow.come);
    REQUIRE(here.wait_for(slow));
    CHECK_EQ(slow.status, 204);
}

TEST_CASE("a write that takes too long spoils none of those that came with it") {
    room here{{.limits = {.statement_time = 50ms}}};
    outcome_of_call before;
    outcome_of_call bad;
    outcome_of_call after;
    here.start("probe.add", hello, before);
    here.start("probe.spin", hello, bad);
    here.start("probe.add", hello, after);
    REQUIRE(here.wait_for(before));
    REQUIRE(here.wait_for(after));
    REQUIRE(here.wait_for(bad));
    CHECK_EQ(before.status, 201);
    CHECK_EQ(after.status, 201);
    CHECK_EQ(bad.status, 503);
    CHECK_NE(bad.body.find("not-executed"), std::string::npos);
    const auto notes = here.call("probe.list").body;
    CHECK_EQ(std::count(notes.begin(), notes.end(), '{'), 2);
}

TEST_CASE("a log that readers hold back refuses writes, and takes them again when they let go") {
    room here{engine::sqlite, {.wal = {.checkpoint = 1, .truncate = 1, .refuse = 200'000}}};
    here.call("probe.add", hello);
    const auto large = R"({"text":")" + std::string(50'000, 'x') + R"("})";
    outcome_of_call last;
    {
        kit::connection reader{here.url(), kit::connection::mode::read_only};
        reader.begin_read();
        kit::query<std::int64_t()> count{reader.sql(), "SELECT count(*) FROM notes"};
        count.one();
        for (int i = 0; i < 20; ++i) {
            last = here.call("probe.add", large);
            if (last.status != 201) break;
        }
        CHECK_EQ(last.status, 503);
        CHECK_NE(last.body.find("not-executed"), std::string::npos);
        CHECK_EQ(here.call("probe.list", R"({"limit":1})").status, 200);
    }
    for (int i = 0; i < 100 && last.status != 201; ++i) {
        std::this_thread::sleep_for(20ms); // a failed checkpoint is tried again after a second
        last = here.call("probe.add", large);
    }
    CHECK_EQ(last.status, 201);
}

TEST_CASE("what is old is dropped from the events log, when every consumer has read it") {
    using std::chrono::system_clock;
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        system_clock::now().time_since_epoch());
    room here{{.between_prunings = 20ms}};
    here.call("probe.list"); // its tables are there
    {
        kit::connection db{here.url(), kit::connection::mode::create};
        kit::event_log log{db.sql()};
        db.begin_write();
        kit::kit_store{db.sql()}.remember_reader("slow", 600, now.count());
        for (int i = 0; i < 1001; ++i) {
            log.begin((now - (i < 1000 ? 169h : 167h)).count());
            log.append("probe.note_added", "k", "probe.note_added/1", "{}", "");
            log.save();
        }
        db.commit();
    }
    const auto begins_at = [&](std::int64_t first) {
        for (int i = 0; i < 400; ++i) {
            const auto page = schemas::decode<schemas::events_v1::page>(
                here.call("probe.events", R"({"after":0,"limit":1})").body);
            REQUIRE(page);
            REQUIRE_EQ(page->events.size(), 1);
            if (page->first == first && page->events[0].seq == first) return true;
            std::this_thread::sleep_for(20ms); // until the turn prunes again
        }
        return false;
    };
    CHECK(begins_at(601));
    CHECK_EQ(here.call("probe.events_read", R"({"consumer":"slow","seq":1001})").status, 204);
    CHECK(begins_at(1001));
}

TEST_CASE("a log is read from whichever version of its service has workers") {
    auto second = probe();
    second.version = 2;
    second.consumers = {kit::from("probe", {kit::on(&note_down)})}; // its own, for once
    room here{either_engine(), {}, second};
    here.call("probe.tell", hello);
    bool heard = false;
    for (int i = 0; i < 400 && !heard; ++i) {
        heard = here.call("probe.list").body.find("heard hello") != std::string::npos;
        std::this_thread::sleep_for(20ms); // until the log was read
    }
    CHECK(heard);
}

} // namespace postbus::tests
