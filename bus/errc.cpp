#include "bus/errc.hpp"

namespace postbus::bus {

int http_status(errc error) noexcept {
    switch (error) {
    case errc::ok: return 200;
    case errc::forbidden: return 403;
    case errc::unknown_service: return 404;
    case errc::expired: return 504;
    case errc::resends_used_up: return 502;
    case errc::malformed:
    case errc::failed: return 500;
    default: return 503;
    }
}

std::string_view message(errc error) noexcept {
    switch (error) {
    case errc::ok: return "done";
    case errc::unknown_service: return "no such service has announced itself";
    case errc::no_worker: return "no worker of the service is alive";
    case errc::queue_full: return "the service's queue is full";
    case errc::expired: return "the time limit ran out";
    case errc::resends_used_up: return "every worker that was given the request died or froze";
    case errc::cancelled: return "the request was cancelled";
    case errc::too_late: return "the request came back too late to tell whether it was done";
    case errc::broker_unreachable: return "no broker can be reached";
    case errc::shutting_down: return "the process is shutting down";
    case errc::storage: return "the service's database cannot take writes now";
    case errc::malformed: return "the message could not be decoded";
    case errc::failed: return "the service failed; its log says why";
    case errc::forbidden: return "the broker's policy does not let this key do that";
    }
    return "unknown error";
}

std::string_view name(outcome known) noexcept {
    switch (known) {
    case outcome::executed: return "";
    case outcome::not_executed: return "not-executed";
    case outcome::unknown: return "unknown";
    }
    return "unknown";
}

} // namespace postbus::bus
