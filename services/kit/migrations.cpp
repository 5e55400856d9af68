#include "services/kit/migrations.hpp"

#include "bus/call_id.hpp"
#include "bus/unix_time.hpp"
#include "services/kit/query.hpp"

#include <spdlog/spdlog.h>

namespace postbus::kit {

namespace {

// One row that says what this database is, and the recorded replies. Texts as keys: ordered as the
// ids are, readable in a shell, and the same on every engine.
constexpr auto kit_tables = R"sql(
CREATE TABLE postbus_database (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    service TEXT NOT NULL,
    kit INTEGER NOT NULL,
    schema INTEGER NOT NULL,
    oldest_code INTEGER NOT NULL,
    watermark TEXT NOT NULL
);
CREATE TABLE postbus_call_records (
    id TEXT NOT NULL PRIMARY KEY,
    status INTEGER NOT NULL,
    fields TEXT NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
)sql";
// Since kit version 2: the events of this service, and what it knows of others'.
constexpr auto event_tables = R"sql(
CREATE TABLE postbus_event_log (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    head INTEGER NOT NULL,
    first INTEGER NOT NULL
);
INSERT INTO postbus_event_log VALUES (1, 0, 1);
CREATE TABLE postbus_events (
    seq INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    schema TEXT NOT NULL,
    data TEXT NOT NULL,
    trace TEXT NOT NULL,
    at_ms INTEGER NOT NULL
);
CREATE TABLE postbus_readers (
    consumer TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    asked_at_ms INTEGER NOT NULL
);
CREATE TABLE postbus_cursors (
    source TEXT NOT NULL PRIMARY KEY,
    database_id TEXT NOT NULL,
    seq INTEGER NOT NULL
);
CREATE TABLE postbus_parked (
    source TEXT NOT NULL,
    seq INTEGER NOT NULL,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    schema TEXT NOT NULL,
    data TEXT NOT NULL,
    trace TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    reason TEXT NOT NULL,
    next_try_ms INTEGER NOT NULL,
    PRIMARY KEY (source, seq)
);
CREATE INDEX postbus_parked_by_key ON postbus_parked (source, key, seq);
)sql";
// Since kit version 3: replies by Idempotency-Key.
constexpr auto key_tables = R"sql(
CREATE TABLE postbus_keys (
    principal TEXT NOT NULL,
    operation TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    fields TEXT NOT NULL,
    body TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (principal, operation, key)
) WITHOUT ROWID;
CREATE INDEX postbus_keys_by_age ON postbus_keys (at_ms);
)sql";
// Since kit version 4: logs of others that an operator has to accept.
constexpr auto source_tables = R"sql(
CREATE TABLE postbus_source_changes (
    source TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    database_id TEXT NOT NULL,
    first INTEGER NOT NULL,
    head INTEGER NOT NULL,
    since_ms INTEGER NOT NULL
);
)sql";
constexpr std::int64_t kit_version = 4;

struct stored_facts {
    std::string id;
    std::string service;
    std::int64_t kit = 0;
    std::int64_t schema = 0;
    std::int64_t oldest_code = 0;
};
BOOST_DESCRIBE_STRUCT(stored_facts, (), (id, service, kit, schema, oldest_code))

std::optional<stored_facts> stored(connection& db) {
    if (!db.has_table("postbus_database")) return std::nullopt;
    query<stored_facts()> row{db.sql(),
                              "SELECT id, service, kit, schema, oldest_code FROM postbus_database"};
    return row.one();
}

void create(connection& db, std::string_view service) {
    db.execute(kit_tables);
    db.execute(event_tables);
    db.execute(key_tables);
    db.execute(source_tables);
    query<void(std::string, std::string, std::int64_t, std::string)>{
        db.sql(), "INSERT INTO postbus_database VALUES (1, :1, :2, :3, 0, 0, :4)"}
        .run(bus::call_id{bus::system_random(), bus::system_random()}.text(), std::string{service},
             kit_version, bus::call_id{}.text());
}

void upgrade_kit(connection& db, std::int64_t from) {
    if (from < 2) db.execute(event_tables);
    if (from < 3) db.execute(key_tables);
    db.execute(source_tables);
    query<void(std::int64_t)>{db.sql(), "UPDATE postbus_database SET kit = :1"}.run(kit_version);
}

void apply(connection& db, const migration& step) {
    if (!step.sql.empty()) db.execute(std::string{step.sql});
    if (step.code) {
        event_log log{db.sql()};
        log.begin(bus::unix_ms());
        outbox out{&log, {}};
        step.code(db.sql(), out);
        log.save();
    }
    query<void(std::int64_t, std::int64_t)>{
        db.sql(), "UPDATE postbus_database SET schema = :1, "
                  "oldest_code = CASE WHEN oldest_code < :2 THEN :2 ELSE oldest_code END"}
        .run(step.number, step.oldest_code != 0 ? step.oldest_code : step.number);
}

void refuse_unusable(const stored_facts& facts, std::string_view service, std::int64_t code) {
    if (facts.service != service)
        throw unusable_database{"it is the database of the service '" + facts.service + "', not '" +
                                std::string{service} + "'"};
    if (facts.kit > kit_version || facts.oldest_code > code)
        throw unusable_database{
            "it was made by a newer version of this program: it needs code version " +
            std::to_string(facts.oldest_code) + " and kit version " + std::to_string(facts.kit) +
            ", this program has " + std::to_string(code) + " and " + std::to_string(kit_version)};
}

} // namespace

void check_numbers(std::span<const migration> steps) {
    for (std::size_t i = 0; i < steps.size(); ++i)
        if (steps[i].number != static_cast<std::int64_t>(i) + 1)
            throw std::logic_error{"migration '" + std::string{steps[i].name} +
                                   "' must have the number " + std::to_string(i + 1)};
}

std::optional<database_facts> read_facts(connection& db) {
    const auto found = stored(db);
    if (!found) return std::nullopt;
    return database_facts{found->id, found->service, found->schema, found->oldest_code};
}

database_facts migrate(connection& db, std::string_view service, std::span<const migration> steps) {
    check_numbers(steps);
    const auto code = static_cast<std::int64_t>(steps.size());
    auto found = stored(db);
    if (found) refuse_unusable(*found, service, code);
    const auto in_transaction = [&](auto&& change) {
        try {
            db.begin_write();
            change();
            db.commit();
        } catch (...) {
            db.rollback();
            throw;
        }
    };
    if (!found && steps.empty()) in_transaction([&] { create(db, service); });
    if (found && found->kit < kit_version) {
        in_transaction([&] { upgrade_kit(db, found->kit); });
        spdlog::info("database: brought from kit version {} to {}", found->kit, kit_version);
    }
    for (const auto& step : steps) {
        if (found && step.number <= found->schema) continue;
        in_transaction([&] {
            if (!found) create(db, service);
            apply(db, step);
        });
        spdlog::info("database: migration {} '{}' done", step.number, step.name);
        found = stored(db);
    }
    return read_facts(db).value();
}

} // namespace postbus::kit
