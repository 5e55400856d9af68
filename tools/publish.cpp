#include "tools/commands.hpp"

#include "bus/settings.hpp"
#include "schemas/journal_v1.hpp"
#include "schemas/json_read.hpp"
#include "tools/answer_report.hpp"
#include "tools/duration.hpp"
#include "tools/input_lines.hpp"
#include "tools/publisher.hpp"

#include <spdlog/spdlog.h>

#include <deque>
#include <iostream>
#include <iterator>

namespace postbus::tools {
namespace {

constexpr std::chrono::milliseconds registry_limit{2500};
constexpr std::size_t most_in_flight = 256;

/// Many at once keep their order only while they all take the same way.
std::size_t room_in_flight(const bus::registry_snapshot& registry, const std::string& journal) {
    for (const auto& entry : registry.services)
        if (entry.description.key() == journal && entry.workers == 1) return most_in_flight;
    return 1;
}

int complain(int code, const std::string& what) {
    std::cerr << "postbus publish: " << what << std::endl;
    return code;
}

/// Publishes and prints ids, until the first trouble: then it takes no more, and what is on its way
/// is waited for.
class publishing {
public:
    publishing(boost::asio::io_context& io, bus::client& client, const found_operation& to,
               const std::string& topic, const std::string& key, std::chrono::milliseconds limit)
        : io_{io}, limit_{limit},
          publisher_{client, to,    topic,
                     key,    limit, [this](const call_answer& answer) {
                                                 on_answer(answer); }} {}

    int one(const std::string& json) {
        publisher_.publish(json);
        run();
        return code_;
    }

    /// One event a line of stdin.
    int lines_of_stdin(std::size_t room) {
        input_lines input{io_, [this](std::vector<std::string> lines, bool ended) {
                              std::ranges::move(lines, std::back_inserter(waiting_));
                              reading_ = false;
                              input_ended_ = ended;
                          }};
        while (code_ == 0 && !(input_ended_ && waiting_.empty() && publisher_.in_flight() == 0)) {
            if (waiting_.empty() && !reading_ && !input_ended_) {
                reading_ = true;
                input.more();
            }
            // While the answers are awaited, so is input: a slow producer's ids are printed.
            const auto keep = boost::asio::make_work_guard(io_);
            send_waiting(room);
            if (code_ == 0 && (reading_ || publisher_.in_flight() != 0)) io_.run_one();
        }
        run();
        return code_;
    }

private:
    void run() {
        while (publisher_.in_flight() != 0 && io_.run_one() != 0) {
        }
    }

    void send_waiting(std::size_t room) {
        while (code_ == 0 && !waiting_.empty() && publisher_.in_flight() < room) {
            ++line_;
            const auto json = std::move(waiting_.front());
            waiting_.pop_front();
            if (json.find_first_not_of(" \t\r") == std::string::npos) continue;
            if (schemas::json_document document; document.parse(json)) publisher_.publish(json);
            else
                code_ = complain(2, "line " + std::to_string(line_) +
                                        " is not valid JSON: " + document.error());
        }
    }

    void on_answer(const call_answer& answer) {
        if (!succeeded(answer)) {
            // Those behind the first one most often fail alike.
            if (code_ == 0) code_ = report_failure("postbus publish", answer, limit_);
            return;
        }
        schemas::json_document json;
        schemas::journal_v1::published done;
        schemas::field_errors errors;
        if (json.parse(answer.body) && schemas::read_json(json.root(), done, errors))
            std::cout << done.id << std::endl;
        else code_ = complain(1, "the journal is of another version");
    }

    boost::asio::io_context& io_;
    std::chrono::milliseconds limit_;
    publisher publisher_;
    std::deque<std::string> waiting_; // lines
    std::int64_t line_ = 0;
    bool reading_ = false;
    bool input_ended_ = false;
    int code_ = 0;
};

} // namespace

int publish(int argc, const char* const* argv) {
    std::vector<bus::endpoint> brokers;
    std::string topic;
    std::string json;
    std::string key;
    std::string timeout;
    bus::settings settings{
        "postbus publish",
        "Publishes an event and prints its id once it is on disk. Exit code: 0 done, 1 refused "
        "(the problem is on stderr), 2 used wrongly, 3 no answer in time: it may be on disk.\n\n"
        "Examples:\n"
        "  postbus publish door.opened '{\"door\":1}' --key 1\n"
        "  printf '{\"door\":1}\\n{\"door\":2}\\n' | postbus publish door.opened -"};
    settings.brokers(brokers);
    settings.text("key", "What the event is about; events of one key keep their order", key);
    settings.text("timeout", "How long to wait, such as 5s or 500ms; else 5s", timeout);
    settings.argument("TOPIC", "Lower-case words with dots, such as door.opened", topic, true);
    settings.argument("JSON", "The event's data; - reads one event a line from stdin", json, true);
    if (const auto code = settings.parse(argc, argv)) return *code;
    spdlog::set_level(spdlog::level::err);
    const auto given_limit = parse_duration(timeout);
    if (!timeout.empty() && !given_limit)
        return complain(2, "--timeout: must look like 5s or 500ms, not '" + timeout + '\'');
    if (schemas::json_document document; json != "-" && !document.parse(json))
        return complain(2, "not valid JSON: " + document.error());

    boost::asio::io_context io;
    bus::client client{io, {.brokers = brokers, .in_order = true}};
    const auto registry =
        await_registry(io, brokers, "journal.publish",
                       std::min(registry_limit, given_limit.value_or(registry_limit)));
    if (!registry) return report_nobody("postbus publish", client, brokers.front());
    const auto found = find_operation(*registry, "journal.publish");
    if (!found)
        return complain(3, "the journal is not running; start postbus-journal (postbus up does)");
    client.keep_ids_ahead_of(found->watermark, found->database_ahead);
    const auto limit =
        given_limit.value_or(std::chrono::milliseconds{found->operation.time_limit_ms});
    publishing work{io, client, *found, topic, key, limit};
    return json == "-" ? work.lines_of_stdin(room_in_flight(*registry, found->service))
                       : work.one(json);
}

} // namespace postbus::tools
