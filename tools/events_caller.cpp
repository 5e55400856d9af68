#include "tools/events_caller.hpp"

#include "schemas/codec.hpp"
#include "tools/answer_report.hpp"
#include "tools/find_operation.hpp"

#include <iostream>

namespace postbus::tools {

namespace {

constexpr std::chrono::milliseconds registry_limit{2500};

} // namespace

int complain(int code, const std::string& what) {
    std::cerr << "postbus events: " << what << '\n';
    return code;
}

events_caller::events_caller(const std::vector<bus::endpoint>& brokers, const std::string& service)
    : client_{io_, {.brokers = brokers}} {
    auto heard = await_registry(io_, brokers, service + ".events", registry_limit);
    if (!heard) throw ended{report_nobody("postbus events", client_, brokers.front())};
    registry_ = *std::move(heard);
}

std::vector<std::string> events_caller::services() const {
    std::vector<std::string> out;
    for (const auto& entry : registry_.services) {
        const auto& name = entry.description.name;
        if (find_operation(registry_, name + ".events") &&
            std::ranges::find(out, name) == out.end())
            out.push_back(name);
    }
    return out;
}

std::string events_caller::call(const std::string& service, const std::string& word,
                                const std::string& body) {
    const auto found = find_operation(registry_, service + '.' + word);
    if (!found) {
        std::string known;
        for (const auto& one : services()) known += (known.empty() ? "" : ", ") + one;
        throw ended{complain(2, "no service '" + service + "' is here" +
                                    (known.empty() ? "" : "; there are " + known))};
    }
    client_.keep_ids_ahead_of(found->watermark, found->database_ahead);
    const std::chrono::milliseconds limit{found->operation.time_limit_ms};
    const auto meta = schemas::encode(bus::call_meta{.operation = found->operation.name});
    auto answer = call_and_wait(io_, client_,
                                {.service = found->service,
                                 .write = !found->operation.safe,
                                 .time_limit = limit,
                                 .meta = meta,
                                 .body = body});
    if (!succeeded(answer)) throw ended{report_failure("postbus events", answer, limit)};
    return std::move(answer.body);
}

} // namespace postbus::tools
