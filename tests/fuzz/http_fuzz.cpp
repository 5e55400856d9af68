// libFuzzer: any bytes as what an HTTP client sends, cut in two anywhere. What is let pass is
// within every limit and well-formed, and the verdict does not depend on the cut.

#include "gateway/field_syntax.hpp"
#include "gateway/head_check.hpp"
#include "gateway/request_parser.hpp"
#include "tests/fuzz/bytes.hpp"

#include <string>

namespace {

using namespace postbus;
using namespace postbus::gateway;
using fuzz::require;

const limits& small() {
    static const limits made = [] {
        limits out;
        out.head_bytes = 512;
        out.head_fields = 8;
        out.target_bytes = 128;
        out.body_bytes = 256;
        return out;
    }();
    return made;
}

struct result {
    head_verdict verdict = head_verdict::incomplete;
    request_parser::progress body = request_parser::progress::more;
    std::size_t used = 0;
    std::string text;

    bool operator==(const result&) const = default;
};

// As gateway/exchange does: what was not used is given again with more behind it.
result read(std::string_view all, std::size_t cut) {
    result out;
    head_check check{small()};
    auto seen = std::min(cut, all.size());
    out.verdict = check.feed(all.substr(0, seen));
    if (out.verdict == head_verdict::incomplete) {
        seen = all.size();
        out.verdict = check.feed(all);
    }
    if (out.verdict != head_verdict::complete) return out;
    const auto& framing = check.framing();
    require(framing.size <= seen && framing.start <= framing.size, "a head is within what came");
    require(framing.size <= small().head_bytes, "a head is within its limit");
    require(!(framing.chunked && framing.content_length), "one way to delimit a body");
    out.used = framing.size;
    if (framing.content_length.value_or(0) > small().body_bytes) return out;

    request_parser parser;
    const auto head = all.substr(framing.start, framing.size - framing.start);
    if (!parser.read_head(head, small())) { // a Connection field that is no list
        out.body = request_parser::progress::malformed;
        return out;
    }
    require(parser.head().fields.size() <= small().head_fields, "no more fields than allowed");
    require(is_token(parser.head().method), "a method is a token");
    for (const auto& field : parser.head().fields)
        require(is_token(field.name) && is_field_value(field.value), "a field is a field");
    if (!framing.has_body()) {
        require(parser.done(), "a request without a body is whole");
        return out;
    }
    for (;;) {
        std::size_t used = 0;
        out.body = parser.read_body(all.substr(out.used, seen - out.used), used);
        require(used <= seen - out.used, "no more is used than came");
        out.used += used;
        if (out.body != request_parser::progress::more || seen == all.size()) break;
        seen = all.size();
    }
    require(parser.body().size() <= small().body_bytes, "a body is within its limit");
    out.text = parser.body();
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::bytes in{data, size};
    const std::size_t cut = in.byte() + std::size_t{in.byte()} * 256;
    const auto all = in.rest();
    const auto whole = read(all, all.size());
    if (cut >= all.size()) return 0;
    const auto parts = read(all, cut);
    require(parts.verdict == whole.verdict, "a head is judged alike however it is cut");
    if (whole.verdict != head_verdict::complete) return 0;
    require(parts.body == whole.body, "a body is judged alike however it is cut");
    if (whole.body == request_parser::progress::done)
        require(parts == whole, "a body is the same however it is cut");
    return 0;
}
