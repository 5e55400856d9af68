#include "services/journal/service.hpp"

#include "services/journal/handlers.hpp"
#include "services/journal/migrations/0001_journal.hpp"

namespace postbus::journal {

kit::service service() {
    return {
        .name = "journal",
        .version = 1,
        .migrations = {begin_journal},
        .store = kit::make_store<store>(),
        .operations =
            {
                kit::write("journal.publish", "POST /events/{topic}", publish)
                    .status(201)
                    .summary("Publish an event"),
            },
    };
}

} // namespace postbus::journal
