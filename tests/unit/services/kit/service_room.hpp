#pragma once

#include "services/kit/kit_store.hpp"
#include "tests/unit/services/kit/batch_room.hpp"

#include <optional>

namespace postbus::tests {

/// A whole service on a fresh database, called through its handler table as the worker does.
class service_room {
public:
    explicit service_room(kit::service s) : service_{std::move(s)} {
        spdlog::set_level(spdlog::level::off);
        kit::migrate(db_, service_.name, service_.migrations);
        store_ = service_.store.make(db_.sql());
        log_.emplace(db_.sql());
        work_.emplace(db_, *store_, *log_, batch_room::keep, std::ssize(service_.migrations));
        service_.operations.check(service_.store.type);
    }

    kit::answer run(const std::string& operation, std::string_view body = {},
                    std::vector<bus::field> path = {}, std::vector<bus::field> query = {}) {
        bus::call_meta meta;
        meta.path = std::move(path);
        meta.query = std::move(query);
        const auto c = make_call(service_, operation, body, ids_.next(test_time), std::move(meta));
        std::vector<kit::call*> calls{c.get()};
        work_->run(calls, test_time);
        REQUIRE(c->answered);
        return c->reply;
    }

    void execute(const std::string& script) { db_.execute(script); }
    schemas::events_v1::page events() { return kit::kit_store{db_.sql()}.read(0, 100); }

private:
    test_database home_;
    kit::service service_;
    kit::connection db_{home_.url(), kit::connection::mode::create};
    std::unique_ptr<kit::any_store> store_;
    std::optional<kit::event_log> log_;
    std::optional<kit::batch> work_;
    bus::call_id_source ids_;
};

} // namespace postbus::tests
