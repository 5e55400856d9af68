#include "tests/integration/books.hpp"

#include <doctest/doctest.h>

namespace postbus::tests {

bool settled(shop& s, milliseconds limit) {
    finished last;
    const bool clean = eventually(limit, [&] {
        last = s.postbus({"audit", "--settled"});
        return last.code == 0;
    });
    if (!clean) FAIL_CHECK(last.out, last.err);
    return clean;
}

std::string status_of(shop& s, std::int64_t order) {
    const auto body = parse_json(s.get("/orders/" + std::to_string(order)).body);
    return std::string{std::string_view{body.at("status").as_string()}};
}

} // namespace postbus::tests
