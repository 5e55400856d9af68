#include "services/kit/fetcher.hpp"

#include "bus/client.hpp"
#include "bus/served_entry.hpp"
#include "bus/subscriber.hpp"
#include "schemas/codec.hpp"
#include "schemas/json_write.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

namespace postbus::kit {

namespace {

namespace asio = boost::asio;
namespace v1 = schemas::events_v1;
using std::chrono::milliseconds;

constexpr std::int64_t events_a_page = 500;
constexpr milliseconds look_anyway{5000}; // wake-ups may be lost
constexpr milliseconds after_trouble{500};
constexpr std::chrono::seconds between_positions{10};
constexpr milliseconds between_rests{2000};

void say_forbidden(const std::string& operation) {
    spdlog::error("the broker's policy does not let this worker call {}: it must, since events are "
                  "read so; it goes on trying",
                  operation);
}

} // namespace

class fetcher::impl {
public:
    impl(const std::vector<bus::endpoint>& brokers, std::string service,
         std::span<const consumer> consumers, const kit::wake& wake)
        : service_{std::move(service)}, wake_{wake}, client_{io_, {.brokers = brokers}},
          wakes_{io_, brokers, sources_of(consumers),
                 [this](const bus::log_head& head) { on_wake(head); }},
          registry_{io_, brokers,
                    [this](const bus::registry_snapshot& heard) { on_registry(heard); }} {
        for (const auto& one : consumers) sources_.push_back(std::make_unique<source>(*this, one));
        thread_ = std::thread{[this] { run(); }};
    }

    ~impl() {
        io_.stop();
        thread_.join();
    }

    std::vector<arrival> take() {
        const std::lock_guard lock{mutex_};
        return std::exchange(arrived_, {});
    }

    std::int64_t head_of(const consumer& what) const noexcept {
        for (const auto& one : sources_)
            if (&one->what == &what) return one->known_head.load(std::memory_order_relaxed);
        return 0;
    }

    void read_on(const consumer& what, cursor at, milliseconds pause) {
        asio::post(io_, [this, &what, at = std::move(at), pause] {
            for (auto& one : sources_)
                if (&one->what == &what) one->read_on(at, pause);
        });
    }

private:
    static std::vector<std::string> sources_of(std::span<const consumer> all) {
        std::vector<std::string> out;
        for (const auto& one : all) out.push_back(one.source());
        return out;
    }

    /// One log: asked for the next page, or waiting for it to grow, or for the turn.
    struct source final : bus::call_observer {
        source(impl& its, const consumer& consumer)
            : what{consumer}, owner{its}, timer{its.io_}, operation{consumer.source() + ".events"} {
        }

        void read_on(cursor at_now, milliseconds pause) {
            at = std::move(at_now);
            with_turn = false;
            if (pause > milliseconds{0}) later(pause);
            else ask();
        }

        void on_registry(const bus::registry_snapshot& heard) {
            const auto* const entry = bus::served_entry(heard, operation);
            if (!entry) return;
            owner.client_.keep_ids_ahead_of(entry->watermark,
                                            milliseconds{entry->database_ahead_ms});
            const bool first = key.empty();
            if (first || entry->workers != 0) key = entry->description.key();
            if (first && !with_turn) ask();
        }

        void on_head(const bus::log_head& seen) {
            if (seen.database_id == at.database) {
                head = seen.seq;
                known_head.store(seen.seq, std::memory_order_relaxed);
            }
            const bool news = seen.database_id != at.database || seen.seq > at.seq;
            if (news && resting) ask();
        }

        void later(milliseconds time) {
            resting = false;
            timer.expires_after(time);
            timer.async_wait([this](boost::system::error_code failed) {
                if (!failed && !asking && !with_turn) ask();
            });
        }

        // Nothing new: a wake-up ends the wait. Soon, if the source is yet to hear how far we are.
        void rest() {
            later(at.seq == told_seq ? look_anyway : between_rests);
            resting = true;
        }

        void ask() {
            timer.cancel();
            resting = false;
            if (key.empty()) return; // until somebody serves it
            asking = true;
            const auto meta = schemas::encode(bus::call_meta{.operation = operation});
            std::string body;
            schemas::write_json(v1::read_events{at.seq, events_a_page}, body);
            owner.client_.start({.service = key, .meta = meta, .body = body}, *this);
        }

        void on_reply(const bus::call_reply& reply) override {
            asking = false;
            if (reply.error == bus::errc::forbidden) {
                if (!std::exchange(forbidden, true)) say_forbidden(operation);
                return later(look_anyway);
            }
            const auto meta = schemas::decode<bus::reply_meta>(reply.meta);
            if (reply.error != bus::errc::ok || !meta || meta->status != 200)
                return later(after_trouble);
            forbidden = false;
            auto page = schemas::decode<v1::page>(reply.body);
            if (!page) {
                spdlog::error("the log of {} cannot be read: it is of another version",
                              what.source());
                return later(look_anyway);
            }
            known_head.store(page->head, std::memory_order_relaxed);
            const bool changed = change_of(at, *page) != source_change::none;
            const bool news = std::exchange(was_changed, changed) || changed;
            if (!news && page->events.empty()) {
                // A wake-up may have come while the page was on its way; one that the next page
                // does not bear out is not asked about twice.
                if (std::exchange(head, 0) > page->head) return ask();
                if (!changed) tell_rest();
                return rest();
            }
            with_turn = true;
            owner.arrive({&what, at, *std::move(page)});
            tell_position(changed ? 0 : at.seq);
        }

        // So that the source may drop what everybody has read. Of a log that waits for an operator
        // nothing was read: it keeps all that it has.
        void tell_position(std::int64_t seq) {
            const auto now = std::chrono::steady_clock::now();
            if (now - told_at < between_positions) return;
            told_at = now;
            told_seq = seq;
            owner.tell(*this, seq);
        }

        // All is read: else the source would take what was read last for what is yet to be read,
        // for as long as it publishes nothing.
        void tell_rest() {
            const auto now = std::chrono::steady_clock::now();
            if (at.seq == told_seq || now - told_at < between_rests) return;
            told_at = now;
            told_seq = at.seq;
            owner.tell(*this, at.seq);
        }

        const consumer& what;
        impl& owner;
        asio::steady_timer timer;
        std::string operation; // "orders.events"
        std::string key;       // "orders/1"; empty: nobody has served it yet
        cursor at;
        std::int64_t head = 0; // as the last wake-up said
        std::int64_t told_seq = 0;
        std::atomic<std::int64_t> known_head{0}; // for the thread of the turn
        bool asking = false;
        bool with_turn = true; // until read_on()
        bool resting = false;
        bool forbidden = false;
        bool was_changed = true; // as far as is known: the turn wants to hear that it is not
        std::chrono::steady_clock::time_point told_at{};
    };

    // Nobody waits for the answer: the next one says it again.
    struct unheard final : bus::call_observer {
        void on_reply(const bus::call_reply& reply) override {
            const bool forbidden = reply.error == bus::errc::forbidden;
            if (!std::exchange(said, forbidden) && forbidden)
                say_forbidden("events_read of its sources");
        }
        bool said = false;
    };

    void run() {
        // Signals are the main thread's.
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, nullptr);
        const auto work = asio::make_work_guard(io_);
        io_.run();
    }

    void on_wake(const bus::log_head& head) {
        for (auto& one : sources_)
            if (one->what.source() == head.service) one->on_head(head);
    }

    void on_registry(const bus::registry_snapshot& heard) {
        for (auto& one : sources_) one->on_registry(heard);
    }

    void arrive(arrival what) {
        {
            const std::lock_guard lock{mutex_};
            arrived_.push_back(std::move(what));
        }
        wake_.call();
    }

    void tell(const source& from, std::int64_t seq) {
        const auto meta =
            schemas::encode(bus::call_meta{.operation = from.what.source() + ".events_read"});
        const auto body = R"({"consumer":")" + service_ + R"(","seq":)" + std::to_string(seq) + '}';
        client_.start({.service = from.key, .write = true, .meta = meta, .body = body}, unheard_);
    }

    std::string service_;
    const kit::wake& wake_;
    asio::io_context io_{1};
    unheard unheard_;
    std::vector<std::unique_ptr<source>> sources_;
    bus::client client_; // ends before those that wait for it
    bus::subscriber wakes_;
    bus::subscriber registry_;
    std::mutex mutex_;
    std::vector<arrival> arrived_;
    std::thread thread_;
};

fetcher::fetcher(const std::vector<bus::endpoint>& brokers, std::string service,
                 std::span<const consumer> consumers, const kit::wake& wake)
    : impl_{std::make_unique<impl>(brokers, std::move(service), consumers, wake)} {}
fetcher::~fetcher() = default;

std::vector<arrival> fetcher::take() {
    return impl_->take();
}

std::int64_t fetcher::head_of(const consumer& what) const noexcept {
    return impl_->head_of(what);
}

void fetcher::read_on(const consumer& what, cursor at, milliseconds pause) {
    impl_->read_on(what, std::move(at), pause);
}

} // namespace postbus::kit
