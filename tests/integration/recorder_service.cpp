// A service that only listens: it writes down each user that the users' log tells of, in the order
// in which it hears of them.

#include "schemas/users_events_v1.hpp"
#include "services/kit/query.hpp"
#include "services/kit/run.hpp"

namespace recorder {

namespace kit = postbus::kit;
namespace users = postbus::schemas::users_events_v1;

struct record {
    std::int64_t id = 0;  ///< ascending in the order of hearing
    std::int64_t seq = 0; ///< of the event
    std::int64_t user = 0;
};
BOOST_DESCRIBE_STRUCT(record, (), (id, seq, user))

struct list_records {
    std::optional<std::int64_t> after;
};
BOOST_DESCRIBE_STRUCT(list_records, (), (after))

struct position {
    std::int64_t seq = 0;
};
BOOST_DESCRIBE_STRUCT(position, (), (seq))

struct nothing {};
BOOST_DESCRIBE_STRUCT(nothing, (), ())

class store {
public:
    explicit store(kit::sql& db)
        : list_{db, "SELECT id, seq, user_id FROM records WHERE id > :1 ORDER BY id LIMIT 2000"},
          last_{db, "SELECT seq FROM records ORDER BY id DESC LIMIT 1"},
          add_{db, "INSERT INTO records (seq, user_id) VALUES (:1, :2)"} {}

    std::vector<record> list(std::int64_t after) { return list_.all(after); }
    std::int64_t last() { return last_.one().value_or(0); }
    void add(std::int64_t seq, std::int64_t user) { add_.run(seq, user); }

private:
    kit::query<record(std::int64_t)> list_;
    kit::query<std::int64_t()> last_;
    kit::query<void(std::int64_t, std::int64_t)> add_;
};

kit::result<void> hear(store& records, const users::created& user, kit::event_context& call) {
    records.add(call.event().seq, user.user);
    return {};
}

kit::result<std::vector<record>> list(store& records, const list_records& wanted) {
    return records.list(wanted.after.value_or(0));
}

kit::result<position> last(store& records, const nothing&) {
    return position{records.last()};
}

constexpr kit::migration create_records{
    .number = 1,
    .name = "records",
    .sql = "CREATE TABLE records (id INTEGER PRIMARY KEY AUTOINCREMENT, seq INTEGER NOT NULL, "
           "user_id INTEGER NOT NULL);"};

kit::service service() {
    return {
        .name = "recorder",
        .version = 1,
        .migrations = {create_records},
        .store = kit::make_store<store>(),
        .operations = {kit::read("recorder.list", "GET /records", list).summary("List records"),
                       kit::read("recorder.last", "GET /records/last", last)
                           .summary("Where it is in the log")},
        .consumers = {kit::from("users", {kit::on(&hear)})},
    };
}

} // namespace recorder

int main(int argc, char** argv) {
    return postbus::kit::run(argc, argv, recorder::service());
}
