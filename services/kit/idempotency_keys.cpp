#include "services/kit/idempotency_keys.hpp"

#include "services/kit/request_fingerprint.hpp"

#include <algorithm>

namespace postbus::kit {

std::optional<keyed_request> keyed_request::of(const bus::call_meta& meta, std::string_view body) {
    const auto key = std::find_if(meta.fields.begin(), meta.fields.end(), [](const auto& field) {
        return field.name == bus::idempotency_key_field;
    });
    if (key == meta.fields.end()) return std::nullopt;
    return keyed_request{meta.principal, meta.operation, key->value,
                         request_fingerprint(meta, body)};
}

idempotency_keys::idempotency_keys(sql& db)
    : find_{db, "SELECT fingerprint, status, fields, body FROM postbus_keys "
                "WHERE principal = :1 AND operation = :2 AND key = :3"},
      insert_{db, "INSERT INTO postbus_keys (principal, operation, key, fingerprint, status, "
                  "fields, body, at_ms) VALUES (:1, :2, :3, :4, :5, :6, :7, :8)"},
      remove_{db, "DELETE FROM postbus_keys WHERE (principal, operation, key) IN "
                  "(SELECT principal, operation, key FROM postbus_keys WHERE at_ms < :1 "
                  "ORDER BY at_ms LIMIT :2)"} {}

std::optional<answer> idempotency_keys::find(const keyed_request& wanted) {
    auto row = find_.one(wanted.principal, wanted.operation, wanted.key);
    if (!row) return std::nullopt;
    if (row->fingerprint != wanted.fingerprint)
        return problem(invalid(std::string{bus::idempotency_key_field},
                               "was given to another request: take a new one for each"));
    return recorded_answer({row->status, std::move(row->fields), std::move(row->body)});
}

void idempotency_keys::insert(const keyed_request& done, const answer& reply,
                              std::int64_t now_unix_ms) {
    write_fields_column(reply, fields_);
    insert_.run(done.principal, done.operation, done.key, done.fingerprint, reply.status, fields_,
                reply.body, now_unix_ms);
}

void idempotency_keys::prune(std::int64_t now_unix_ms, std::int64_t at_most) {
    remove_.run(now_unix_ms - keep.count(), at_most);
}

} // namespace postbus::kit
