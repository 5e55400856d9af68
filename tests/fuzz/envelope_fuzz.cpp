// libFuzzer: any bytes as the frames of one message. The first byte says how many detached bodies
// are cut off the end.

#include "bus/envelope.hpp"

#include <cstdlib>
#include <string_view>

namespace {

using namespace postbus::bus;

[[noreturn]] void fail() {
    std::abort();
}

bool within(std::string_view inner, std::string_view outer) {
    return inner.empty() || (inner.data() >= outer.data() &&
                             inner.data() + inner.size() <= outer.data() + outer.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
    std::vector<shared_body> bodies;
    for (unsigned left = data[0] % 4U; left != 0; --left) {
        const auto length = bytes.size() / 4;
        bodies.push_back({std::make_shared<const int>(0), bytes.substr(bytes.size() - length)});
        bytes.remove_suffix(length);
    }
    record_reader reader{bytes, bodies};
    outbox again;
    record r;
    std::size_t count = 0;
    while (reader.next(r)) {
        if (++count > bytes.size() / head_size) fail();
        if (!within(r.meta, bytes) || !within(r.head.service, bytes)) fail();
        if (!r.detached.owner && !within(r.body, bytes)) fail();
        again.append(r);
    }
    // What was accepted is written and read as the same number of records.
    for (; !again.empty(); again.pop()) {
        record_reader second{again.front().records, again.front().bodies};
        while (second.next(r)) --count;
        if (second.malformed()) fail();
    }
    if (count != 0) fail();
    return 0;
}
