#pragma once

#include "services/kit/batch.hpp"
#include "services/kit/migrations.hpp"
#include "services/kit/reader.hpp"
#include "tests/unit/services/kit/probe.hpp"
#include "tests/unit/services/kit/test_database.hpp"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace postbus::tests {

inline constexpr std::int64_t test_time = 1'700'000'000'000; // Unix time, ms

/// A bound call of the probe, without a bus. Texts must outlive it.
inline std::unique_ptr<kit::call> make_call(const kit::service& of, const std::string& operation,
                                            std::string_view body, const bus::call_id& id) {
    auto c = std::make_unique<kit::call>();
    c->delivery.id = id;
    c->delivery.deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    c->delivery.body = body;
    c->meta.operation = operation;
    c->op = of.operations.find(operation);
    REQUIRE(c->op);
    c->request = c->op->bind(c->meta, body, c->reply);
    REQUIRE_MESSAGE(c->request, c->reply.body);
    return c;
}

/// The probe's database, by default once on each engine, and a batch on it.
struct batch_room {
    explicit batch_room(kit::run_limits l = {}) : batch_room{either_engine(), l} {}
    explicit batch_room(engine which, kit::run_limits l = {}) : home{which}, limits{l} {
        spdlog::set_level(spdlog::level::off); // failures are the point here
        kit::migrate(db, service.name, service.migrations);
        store = service.store.make(db.sql());
        log = std::make_unique<kit::event_log>(db.sql());
        work = std::make_unique<kit::batch>(db, *store, *log, keep, 1, limits);
    }

    /// A call with an id newer than those before.
    kit::call& call(const std::string& operation, std::string_view body = R"({"text":"a"})") {
        return call_again(operation, ids.next(test_time), body);
    }
    kit::call& call_again(const std::string& operation, const bus::call_id& id,
                          std::string_view body = R"({"text":"a"})") {
        calls.push_back(make_call(service, operation, body, id));
        return *calls.back();
    }
    kit::batch::report run(std::vector<kit::call*> these, std::int64_t now = test_time) {
        return work->run(these, now);
    }

    std::int64_t count(const std::string& table = "notes") {
        kit::query<std::int64_t()> rows{db.sql(), "SELECT count(*) FROM " + table};
        return rows.one().value();
    }

    static constexpr std::chrono::milliseconds keep{60'000};
    test_database home;
    kit::service service = probe();
    kit::run_limits limits;
    kit::connection db{home.url(), kit::connection::mode::create};
    std::unique_ptr<kit::any_store> store;
    std::unique_ptr<kit::event_log> log;
    std::unique_ptr<kit::batch> work;
    bus::call_id_source ids;
    std::vector<std::unique_ptr<kit::call>> calls;
};

} // namespace postbus::tests
