#include "services/kit/built_in.hpp"

#include "bus/unix_time.hpp"
#include "schemas/codec.hpp"
#include "services/kit/kit_store.hpp"

#include <algorithm>

namespace postbus::kit {

struct reader_position {
    std::string consumer;
    std::int64_t seq = 0;
};
BOOST_DESCRIBE_STRUCT(reader_position, (), (consumer, seq))

struct list_parked {
    std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(list_parked, (), (limit))

struct replay_parked {
    std::optional<std::string> source;
};
BOOST_DESCRIBE_STRUCT(replay_parked, (), (source))

struct replayed {
    std::int64_t events = 0; ///< that are tried again now
};
BOOST_DESCRIBE_STRUCT(replayed, (), (events))

struct list_sources {};
BOOST_DESCRIBE_STRUCT(list_sources, (), ())

struct accept_source {
    std::string source;
    std::string from; ///< "start": all that the log kept when it was found; "head": what came since
};
BOOST_DESCRIBE_STRUCT(accept_source, (), (source, from))

} // namespace postbus::kit

namespace postbus::schemas {

template <>
struct rules<kit::reader_position> {
    static constexpr std::array value{
        field_rule{.field = "consumer", .min_length = 1, .max_length = 64},
        field_rule{.field = "seq", .minimum = 0}};
};
template <>
struct rules<kit::list_parked> {
    static constexpr std::array value{field_rule{.field = "limit", .minimum = 1, .maximum = 1000}};
};

} // namespace postbus::schemas

namespace postbus::kit {

namespace {

namespace v1 = schemas::events_v1;
constexpr std::int64_t default_page = 100;

result<packed> events(kit_store& store, const v1::read_events& wanted) {
    return packed{schemas::encode(store.read(wanted.after, wanted.limit.value_or(default_page)))};
}

result<void> events_read(kit_store& store, const reader_position& said) {
    store.remember_reader(said.consumer, said.seq, bus::unix_ms());
    return {};
}

result<std::vector<v1::parked_event>> parked(kit_store& store, const list_parked& wanted) {
    return store.parked(wanted.limit.value_or(default_page));
}

result<replayed> replay(kit_store& store, const replay_parked& wanted) {
    return replayed{store.replay(wanted.source)};
}

result<std::vector<v1::read_source>> sources(kit_store& store, const list_sources&) {
    return store.sources();
}

result<v1::read_source> accept(kit_store& store, const accept_source& wanted) {
    if (wanted.from != "start" && wanted.from != "head")
        return invalid("from", "must be start or head");
    auto all = store.sources();
    const auto one = std::ranges::find(all, wanted.source, &v1::read_source::source);
    if (one == all.end()) {
        std::string known;
        for (const auto& each : all)
            known += (known.empty() ? "; it has read " : ", ") + each.source;
        return invalid("source", "is no service whose events this one has read" + known);
    }
    if (!one->found)
        return conflict("the log of '" + wanted.source +
                        "' has not changed: there is nothing to accept");
    const auto seq = wanted.from == "start" ? one->found->first - 1 : one->found->head;
    store.accept(wanted.source, *one->found, seq);
    return v1::read_source{wanted.source, one->found->database, seq, "reading", {}};
}

} // namespace

std::vector<entry> built_in_operations(const std::string& service) {
    return {
        read(service + ".events", "", events).summary("Read the events log"),
        write(service + ".events_read", "", events_read).summary("Say how far a consumer is"),
        read(service + ".parked", "", parked).summary("List events that could not be processed"),
        write(service + ".replay", "", replay).summary("Try parked events again now"),
        read(service + ".sources", "", sources).summary("Say how far it has read others' events"),
        write(service + ".accept_source", "", accept)
            .summary("Read a log that is not the one that was read so far"),
    };
}

} // namespace postbus::kit
