#include "tools/subscription.hpp"

#include "bus/client.hpp"
#include "bus/subscriber.hpp"
#include "bus/unix_time.hpp"
#include "schemas/codec.hpp"
#include "schemas/json_write.hpp"
#include "tools/log_cursor.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <map>

namespace postbus::tools {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto look_anyway = 3s; // wake-ups may be lost
constexpr auto after_trouble = 200ms;
constexpr auto patience = 2500ms; // for a first broker

bool has_log(const bus::service_description& service) {
    return std::ranges::any_of(service.operations, [&](const bus::operation& one) {
        return one.name == service.name + ".events";
    });
}

} // namespace

class subscription::impl {
public:
    impl(asio::io_context& io, subscription_options options, events_handler on_events,
         warning_handler on_warning)
        : io_{io}, options_{std::move(options)}, on_events_{std::move(on_events)},
          on_warning_{std::move(on_warning)}, client_{io, {.brokers = options_.brokers}},
          registry_{io, options_.brokers,
                    [this](const bus::registry_snapshot& heard) { on_registry(heard); }},
          first_broker_{io, patience} {
        first_broker_.async_wait([this](boost::system::error_code failed) {
            if (!failed)
                on_warning_("no broker answers at " + options_.brokers.front().requests() +
                            " yet; waiting for one");
        });
    }

private:
    /// One log: asked for its next page, or waiting for it to grow.
    struct log final : bus::call_observer {
        log(impl& its, std::string of)
            : owner{its}, service{std::move(of)}, cursor{its.options_.from_start, its.began_},
              timer{its.io_}, wakes{its.io_,
                                    its.options_.brokers,
                                    {service},
                                    [this](const bus::log_head& head) { on_wake(head); }} {}

        void on_wake(const bus::log_head& head) {
            heard = head;
            if (resting && cursor.behind(head)) ask();
        }

        void ask() {
            timer.cancel();
            resting = false;
            const auto meta = schemas::encode(bus::call_meta{.operation = service + ".events"});
            const auto body = schemas::to_json(cursor.next());
            owner.client_.start({.service = key, .meta = meta, .body = body}, *this);
        }

        void on_reply(const bus::call_reply& reply) override {
            const auto meta = schemas::decode<bus::reply_meta>(reply.meta);
            if (reply.error == bus::errc::forbidden) {
                if (!std::exchange(forbidden, true))
                    owner.on_warning_("the events of " + service +
                                      " are not for this key, says "
                                      "the broker's policy");
                return wait(look_anyway);
            }
            if (reply.error != bus::errc::ok || !meta || meta->status != 200)
                return wait(after_trouble);
            forbidden = false;
            const auto page = schemas::decode<schemas::events_v1::page>(reply.body);
            if (!page) {
                owner.on_warning_("the log of " + service +
                                  " cannot be read: it is of another version");
                return wait(look_anyway);
            }
            const auto step = cursor.take(*page);
            if (!step.warning.empty())
                owner.on_warning_("the log of " + service + ' ' + step.warning);
            if (!step.fresh.empty()) owner.on_events_(service, page->database, step.fresh);
            // A wake-up may have come while the page was on its way; one that the page does not
            // bear out is not asked about twice.
            const auto told = std::exchange(heard, {});
            if (step.more || (told.database_id == page->database && cursor.behind(told))) ask();
            else wait(look_anyway);
        }

        void wait(std::chrono::milliseconds time) {
            resting = true;
            timer.expires_after(time);
            timer.async_wait([this](boost::system::error_code failed) {
                if (!failed && resting) ask();
            });
        }

        impl& owner;
        std::string service;
        std::string key; // "orders/1"
        log_cursor cursor;
        bus::log_head heard;
        bool resting = false;
        bool forbidden = false;
        asio::steady_timer timer;
        bus::subscriber wakes;
    };

    void on_registry(const bus::registry_snapshot& heard) {
        first_broker_.cancel();
        for (const auto& entry : heard.services) {
            if (!has_log(entry.description)) continue;
            auto& known = logs_[entry.description.name];
            const bool fresh = known == nullptr;
            if (fresh) known = std::make_unique<log>(*this, entry.description.name);
            // Versions of a service share a database: any that is served will do.
            if (fresh || entry.workers != 0) known->key = entry.description.key();
            if (fresh) known->ask();
        }
    }

    asio::io_context& io_;
    subscription_options options_;
    std::int64_t began_ = bus::unix_ms();
    events_handler on_events_;
    warning_handler on_warning_;
    std::map<std::string, std::unique_ptr<log>> logs_; // by service
    bus::client client_;                               // ends before those that wait for it
    bus::subscriber registry_;
    asio::steady_timer first_broker_;
};

subscription::subscription(asio::io_context& io, subscription_options options,
                           events_handler on_events, warning_handler on_warning)
    : impl_{std::make_unique<impl>(io, std::move(options), std::move(on_events),
                                   std::move(on_warning))} {}
subscription::~subscription() = default;

} // namespace postbus::tools
