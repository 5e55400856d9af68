#include "services/kit/call_records.hpp"

#include <algorithm>
#include <stdexcept>

namespace postbus::kit {

call_records::call_records(sql& db, std::chrono::milliseconds keep)
    : keep_{keep},
      marks_{db, "SELECT watermark, oldest_code, (SELECT max(id) FROM postbus_call_records) "
                 "FROM postbus_database"},
      find_{db, "SELECT status, fields, body FROM postbus_call_records WHERE id = :1"},
      insert_{db, "INSERT INTO postbus_call_records (id, status, fields, body) "
                  "VALUES (:1, :2, :3, :4)"},
      oldest_{db, "SELECT id FROM postbus_call_records WHERE id < :1 ORDER BY id LIMIT 1"},
      nth_{db, "SELECT id FROM postbus_call_records WHERE id < :1 ORDER BY id LIMIT 1 OFFSET :2"},
      remove_{db, "DELETE FROM postbus_call_records WHERE id < :1"},
      raise_{db, "UPDATE postbus_database SET watermark = :1 WHERE watermark < :1"} {}

call_records::marks call_records::load() {
    const auto row = marks_.one();
    const auto id = row ? bus::call_id::parse(row->watermark) : std::nullopt;
    if (!id) throw std::runtime_error{"the database has lost its identity row"};
    const auto newest = row->newest ? bus::call_id::parse(*row->newest) : bus::call_id{};
    if (!newest) throw std::runtime_error{"a call record's id cannot be read"};
    newest_ = *newest;
    return {*id, row->oldest_code};
}

std::optional<answer> call_records::find(const bus::call_id& id) {
    if (id > newest_) return std::nullopt;
    auto row = find_.one(id.text());
    if (!row) return std::nullopt;
    return recorded_answer(std::move(*row));
}

void call_records::insert(const bus::call_id& id, const answer& reply) {
    write_fields_column(reply, fields_);
    insert_.run(id.text(), reply.status, fields_, reply.body);
    newest_ = std::max(newest_, id);
}

std::optional<bus::call_id> call_records::prune(std::int64_t now_unix_ms, std::int64_t at_most) {
    const auto horizon =
        bus::call_id::first_at(std::max<std::int64_t>(now_unix_ms - keep_.count(), 0)).text();
    if (!oldest_.one(horizon)) return std::nullopt;
    const auto bound = nth_.one(horizon, at_most).value_or(horizon);
    remove_.run(bound);
    raise_.run(bound);
    return load().watermark;
}

} // namespace postbus::kit
