// libFuzzer: services with any path templates, and any request target. The match must be the one
// that a slow look at all templates finds, and a decoded path must be text.

#include "gateway/route_table.hpp"
#include "gateway/target.hpp"
#include "tests/fuzz/bytes.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace postbus;
using namespace postbus::gateway;
using fuzz::require;

constexpr std::string_view methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "x"};

std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> out;
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto end = std::min(path.find('/'), path.size());
        out.emplace_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return out;
}

/// A table, and the slow way to look the same up.
class known_routes {
public:
    explicit known_routes(const std::vector<bus::service_description>& services)
        : table{services, refused_} {
        std::size_t announced = 0;
        for (const auto& service : services)
            for (const auto& op : service.operations) {
                announced += !op.method.empty() || !op.path.empty();
                // What gets no route in a table of its own is unfit; the others fit somewhere.
                std::vector<std::string> why;
                const bus::service_description alone{service.name, service.version, {}, {op}};
                if (route_table{std::span{&alone, 1}, why}.size() != 0)
                    templates_.push_back({parse_method(op.method), segments_of(op.path)});
            }
        require(table.size() + refused_.size() == announced,
                "each operation has a route or a reason");
    }

    bool has(method wanted, const std::vector<std::string>& path) const {
        return std::any_of(templates_.begin(), templates_.end(), [&](const auto& one) {
            return one.asked == wanted && fits(one.segments, path);
        });
    }

private:
    struct path_template {
        method asked;
        std::vector<std::string> segments;
    };

    static bool fits(const std::vector<std::string>& wanted, const std::vector<std::string>& path) {
        if (wanted.size() != path.size()) return false;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const bool parameter =
                wanted[i].size() > 2 && wanted[i].front() == '{' && wanted[i].back() == '}';
            if (parameter ? path[i].empty() : wanted[i] != path[i]) return false;
        }
        return true;
    }

    std::vector<std::string> refused_;
    std::vector<path_template> templates_;

public:
    route_table table;
};

// Most inputs look paths up in this one, whose making takes far longer than a look.
const known_routes& shop() {
    static const auto made = [] {
        bus::service_description users{
            .name = "users", .version = 1, .database_id = "d", .operations = {}};
        for (const auto* path : {"/users", "/users/{id}", "/users/me", "/users/{id}/a/{b}", "/",
                                 "/users/me/a", "/{x}/{y}/{z}", "/%", "/u//v", "/\xC3\xA9"})
            for (const auto* method : {"GET", "DELETE"}) {
                auto& op = users.operations.emplace_back();
                op.name = "users.o" + std::to_string(users.operations.size());
                op.method = method;
                op.path = path;
            }
        return known_routes{{users}};
    }();
    return made;
}

known_routes made_from(fuzz::bytes& in) {
    std::vector<bus::service_description> out(1 + in.pick(2));
    std::size_t count = 0;
    for (auto& service : out) {
        service.name = "s" + std::to_string(count);
        service.operations.resize(in.pick(5));
        for (auto& op : service.operations) {
            op.name = service.name + '.' + std::to_string(count++);
            op.method = methods[in.pick(std::size(methods))];
            op.path = in.text(in.pick(24));
        }
    }
    return known_routes{out};
}

void check(const known_routes& known, method wanted, std::string_view path) {
    percent_decoder decoder;
    const auto got = known.table.match(wanted, path, decoder);
    std::vector<std::string> decoded;
    bool good = true;
    percent_decoder another;
    for (const auto& segment : segments_of(path)) {
        std::string_view out;
        good = good && another.path_segment(segment, out);
        decoded.emplace_back(out);
    }
    if (got.malformed) return require(!good, "only what is no text is malformed");
    if (got.found) {
        require(got.found->parameters.size() <= route_match::most_parameters, "parameters fit");
        for (std::size_t i = 0; i < got.found->parameters.size(); ++i)
            require(!got.values[i].empty(), "a parameter has a value");
    }
    if (!good) return; // it got no further than the bad segment
    const auto asked = wanted == method::head ? method::get : wanted;
    require(known.has(asked, decoded) == (got.found != nullptr),
            "a route is found when one fits, and only then");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::bytes in{data, size};
    const bool own = in.pick(4) == 0;
    std::optional<known_routes> made;
    if (own) made.emplace(made_from(in));
    const auto wanted = methods[in.pick(std::size(methods))];
    const auto text = in.rest();

    target asked;
    if (asked.parse(wanted, text)) {
        require(asked.path.starts_with('/'), "a path begins with a slash");
        check(made ? *made : shop(), parse_method(wanted), asked.path);
        percent_decoder decoder;
        std::vector<field_view> query;
        if (parse_query(asked.query, decoder, query))
            for (const auto& field : query)
                require(is_text(field.name) && is_text(field.value), "what a query says is text");
    }
    (void)is_host(text);
    return 0;
}
