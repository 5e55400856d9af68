#include "services/kit/reader.hpp"

#include "services/kit/fault_log.hpp"
#include "services/kit/handler_run.hpp"

namespace postbus::kit {

reader::reader(const database_url& url, const store_maker& maker, run_limits limits)
    : db_{url, connection::mode::read_only}, store_{maker.make(db_.sql())}, limits_{limits} {
    db_.busy_timeout(limits.statement_time);
}

void reader::run(call& c, std::chrono::steady_clock::time_point statement_limit) {
    try {
        if (!db_.in_transaction()) db_.begin_read();
    } catch (const database_error& e) {
        log_fault(c.op->facts.name, e.fault);
        c.finish(answer_to(e.fault));
        return;
    }
    run_handler(c, db_, *store_, nullptr, limits_, statement_limit);
    c.answered = true;
}

} // namespace postbus::kit
