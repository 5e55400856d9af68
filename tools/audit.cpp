#include "tools/commands.hpp"

#include "bus/settings.hpp"
#include "schemas/audit_v1.hpp"
#include "schemas/codec.hpp"
#include "schemas/json_read.hpp"
#include "schemas/json_write.hpp"
#include "tools/judge_books.hpp"
#include "tools/one_call.hpp"

#include <spdlog/spdlog.h>

#include <iostream>
#include <stdexcept>
#include <thread>

namespace postbus::tools {
namespace {

namespace v1 = schemas::audit_v1;
using std::chrono::milliseconds;

constexpr milliseconds call_limit{30'000};
constexpr milliseconds catch_up_limit{15'000};

/// What is printed with --json.
struct whole {
    bool clean = false;
    std::int64_t captures = 0;
    std::int64_t confirmed = 0;
    std::int64_t in_progress = 0;
    std::int64_t oldest_in_progress_ms = 0;
    std::vector<v1::figure> figures;
    std::vector<v1::broken_rule> broken;
    std::int64_t broken_count = 0;
};
BOOST_DESCRIBE_STRUCT(whole, (),
                      (clean, captures, confirmed, in_progress, oldest_in_progress_ms, figures,
                       broken, broken_count))

struct no_answer : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class auditor {
public:
    explicit auditor(const std::vector<bus::endpoint>& brokers)
        : client_{io_, {.brokers = brokers}} {}

    v1::audit own_books(const std::string& service) {
        return ask<v1::audit>(service, "audit", "{}");
    }

    /// Orders from `first` on, and what others know of them; where to go on, or nothing.
    std::optional<std::int64_t> next(std::int64_t first, judgement& out) {
        books all;
        const auto before = read<v1::payment_books>("payments", first);
        v1::order_books orders;
        const auto until = std::chrono::steady_clock::now() + catch_up_limit;
        for (;;) {
            orders = read<v1::order_books>("orders", first);
            if (orders.payments_read >= before.head) break;
            if (std::chrono::steady_clock::now() > until)
                throw no_answer{"orders has read the payments' log up to " +
                                std::to_string(orders.payments_read) + " of " +
                                std::to_string(before.head) + " and does not go on"};
            std::this_thread::sleep_for(milliseconds{20}); // a pause between two questions
        }
        const auto after = read<v1::payment_books>("payments", first);
        const auto stock = read<v1::stock_books>("catalog", first);
        // Each service's page may end at another order: what all of them cover is judged.
        std::int64_t last = std::numeric_limits<std::int64_t>::max();
        const auto cover = [&](const auto& entries) {
            if (std::ssize(entries) == v1::max_entries) last = std::min(last, entries.back().order);
        };
        cover(before.entries), cover(orders.entries), cover(after.entries), cover(stock.entries);
        const auto take = [&](const auto& from, auto& to) {
            for (const auto& one : from)
                if (one.order <= last) to.push_back(one);
        };
        take(before.entries, all.payments_before), take(orders.entries, all.orders);
        take(after.entries, all.payments_after), take(stock.entries, all.stock);
        judge(all, out);
        if (last == std::numeric_limits<std::int64_t>::max()) return std::nullopt;
        return last + 1;
    }

private:
    template <class Books>
    Books read(const std::string& service, std::int64_t first) {
        std::string body;
        schemas::write_json(v1::read_books{first, v1::max_entries}, body);
        return ask<Books>(service, "books", body);
    }

    template <class Reply>
    Reply ask(const std::string& service, const std::string& operation, const std::string& body) {
        const auto name = service + '.' + operation;
        const auto meta = schemas::encode(bus::call_meta{.operation = name});
        const auto key = service + "/1";
        const auto answer = call_and_wait(
            io_, client_,
            {.service = key, .slow = true, .time_limit = call_limit, .meta = meta, .body = body});
        if (answer.error != bus::errc::ok)
            throw no_answer{name + ": " + std::string{message(answer.error)}};
        schemas::json_document document;
        schemas::field_errors errors;
        Reply out;
        if (answer.meta.status != 200 || !document.parse(answer.body) ||
            !schemas::read_json(document.root(), out, errors))
            throw no_answer{name + " answered " + std::to_string(answer.meta.status) + ": " +
                            answer.body.substr(0, 200)};
        return out;
    }

    boost::asio::io_context io_;
    bus::client client_;
};

void add(const std::string& service, const v1::audit& books, whole& out) {
    for (const auto& one : books.figures)
        out.figures.push_back({service + ": " + one.name, one.value});
    for (const auto& one : books.broken)
        out.broken.push_back({service + ": " + one.rule, one.subject, one.expected, one.found});
    out.broken_count += books.broken_count;
}

void print(const whole& all) {
    for (const auto& one : all.figures) std::cout << one.name << ' ' << one.value << '\n';
    std::cout << "captures " << all.captures << ", confirmed orders " << all.confirmed
              << ", in progress " << all.in_progress;
    if (all.in_progress != 0)
        std::cout << " (the oldest for " << all.oldest_in_progress_ms / 1000 << " s)";
    std::cout << '\n';
    for (const auto& one : all.broken)
        std::cout << "BROKEN " << one.rule << ": " << one.subject << ": expected " << one.expected
                  << ", found " << one.found << '\n';
    if (all.broken_count > std::ssize(all.broken))
        std::cout << "and " << all.broken_count - std::ssize(all.broken) << " more\n";
    std::cout << (all.clean ? "clean\n" : "NOT clean\n");
}

} // namespace

int audit(int argc, const char* const* argv) {
    std::vector<bus::endpoint> brokers;
    bool settled = false;
    bool as_json = false;
    bus::settings settings{
        "postbus audit",
        "Checks the shop's books: each service's own, and across services that every payment has "
        "its order and every confirmed order its payment and stock. May run under load. Exit code: "
        "0 clean, 1 a rule is broken, 2 used wrongly, 3 a service did not answer.\n\n"
        "Example:\n"
        "  postbus audit --settled"};
    settings.brokers(brokers);
    settings.toggle("settled", "Also demand that nothing is in progress", settled);
    settings.toggle("json", "Print it as JSON", as_json);
    if (const auto code = settings.parse(argc, argv)) return *code;
    spdlog::set_level(spdlog::level::warn);
    whole all;
    try {
        auditor asks{brokers};
        for (const auto* service : {"orders", "catalog", "payments"})
            add(service, asks.own_books(service), all);
        judgement across;
        for (std::optional<std::int64_t> at = 0; at;) at = asks.next(*at, across);
        add("across services", {{}, across.broken, across.broken_count}, all);
        all.captures = across.captures;
        all.confirmed = across.confirmed;
        all.in_progress = across.in_progress;
        all.oldest_in_progress_ms = across.oldest_ms;
    } catch (const no_answer& e) {
        std::cerr << "postbus audit: " << e.what() << '\n';
        return 3;
    }
    if (settled && all.in_progress != 0) {
        ++all.broken_count;
        all.broken.push_back({"nothing is in progress", "orders", 0, all.in_progress});
    }
    all.clean = all.broken_count == 0;
    if (as_json) {
        std::string text;
        schemas::write_json(all, text);
        std::cout << text << '\n';
    } else print(all);
    return all.clean ? 0 : 1;
}

} // namespace postbus::tools
