#include "services/kit/handler_run.hpp"

#include "services/kit/fault_log.hpp"

#include <spdlog/spdlog.h>

namespace postbus::kit {

namespace {

using clock = std::chrono::steady_clock;

long ms(clock::duration d) {
    return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
}

} // namespace

ran run_handler(call& c, connection& db, any_store& store, event_log* log, const run_limits& limits,
                clock::time_point statement_limit) {
    const auto begun = clock::now();
    c.reply = {};
    auto out = ran::not_told;
    try {
        db.limit_statements(statement_limit);
        context call_context{c.meta, c.op->facts.path, c.reply, log};
        if (c.request->run(store, call_context, c.reply)) out = ran::done;
        else out = c.reply.status < 500 ? ran::refused : ran::not_told;
    } catch (...) {
        const auto why = db.current_fault();
        db.close_cursors();
        if (!c.tentative) log_fault(c.op->facts.name, why);
        c.reply = answer_to(why);
    }
    db.limit_statements(clock::time_point::max());
    c.ran = true;
    c.took = clock::now() - begun;
    if (c.took > limits.handler_budget && !c.op->facts.slow)
        spdlog::warn("{} took {} ms; the budget is {} ms", c.op->facts.name, ms(c.took),
                     limits.handler_budget.count());
    return out;
}

answer answer_to(const fault& why) {
    if (why.what == fault::kind::unstorable) return problem({422, describe(why), {}});
    return why.what == fault::kind::bug ? failure() : storage_problem(describe(why));
}

} // namespace postbus::kit
