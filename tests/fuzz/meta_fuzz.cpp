// libFuzzer: any bytes as each thing that the bus itself says. What is accepted is written as
// exactly the bytes it was read from, takes no more memory than its bytes allow, and the gateway's
// views of the same bytes say the same.

#include "bus/messages.hpp"
#include "gateway/meta_views.hpp"
#include "schemas/codec.hpp"
#include "tests/fuzz/bytes.hpp"

namespace {

using namespace postbus;
using fuzz::require;

template <class T>
std::optional<T> round_trip(std::string_view bytes) {
    auto value = schemas::decode<T>(bytes);
    if (value) require(schemas::encode(*value) == bytes, "what is read is written as it was");
    return value;
}

void read_reply(std::string_view bytes) {
    const auto value = round_trip<bus::reply_meta>(bytes);
    gateway::reply_meta_view view;
    require(view.decode(bytes) == value.has_value(), "a view reads what a struct reads");
    if (value) require(schemas::encode(view) == bytes, "a view says what its bytes say");
}

void read_call(std::string_view bytes) {
    const auto value = round_trip<bus::call_meta>(bytes);
    const auto view = schemas::decode<gateway::call_meta_view>(bytes);
    require(view.has_value() == value.has_value(), "a view reads what a struct reads");
    if (view) require(schemas::encode(*view) == bytes, "a view says what its bytes say");
}

void read_ready(std::string_view bytes) {
    const auto value = round_trip<bus::ready>(bytes);
    if (!value) return;
    // The smallest that each takes on the wire: nothing is there that did not come.
    require(value->held.size() <= bytes.size() / 21, "no more calls held than came");
    require(value->description.operations.size() <= bytes.size() / 40,
            "no more operations than came");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::bytes in{data, size};
    const auto which = in.pick(7);
    const auto bytes = in.rest();
    switch (which) {
    case 0: read_call(bytes); break;
    case 1: read_reply(bytes); break;
    case 2: read_ready(bytes); break;
    case 3: round_trip<bus::broker_notice>(bytes); break;
    case 4: round_trip<bus::registry_snapshot>(bytes); break;
    case 5: round_trip<bus::log_head>(bytes); break;
    default: round_trip<bus::service_description>(bytes); break;
    }
    return 0;
}
