#pragma once

#include "schemas/describe.hpp"
#include "services/kit/sql.hpp"

#include <soci/soci.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace postbus::kit {

namespace detail {

/// A value that SOCI reads or writes, at an address that stays. Texts keep their capacity over
/// calls.
template <class T>
struct slot {
    T value{};
    soci::indicator ind = soci::i_ok;

    template <class Given>
    void set(const Given& given) {
        value = given;
    }
    T get() const {
        if (ind == soci::i_null) throw std::runtime_error{"a column is NULL and may not be"};
        return value;
    }
};

template <class T>
struct slot<std::optional<T>> {
    T value{};
    soci::indicator ind = soci::i_ok;

    void set(const std::optional<T>& given) {
        ind = given ? soci::i_ok : soci::i_null;
        if (given) value = *given;
    }
    std::optional<T> get() const {
        return ind == soci::i_null ? std::nullopt : std::optional<T>{value};
    }
};

/// The columns of a row: a described struct's members in their order, one value, or none.
template <class Row>
struct columns {
    std::tuple<slot<Row>> slots;
    Row row() const { return std::get<0>(slots).get(); }
};

template <>
struct columns<void> {
    std::tuple<> slots;
};

template <schemas::described Row>
struct columns<Row> {
    template <class Member>
    using slot_of = slot<std::remove_cvref_t<decltype(std::declval<Row&>().*Member::pointer)>>;
    boost::mp11::mp_rename<
        boost::mp11::mp_transform<
            slot_of, boost::mp11::mp_rename<schemas::members_of<Row>, boost::mp11::mp_list>>,
        std::tuple>
        slots;

    Row row() const {
        Row out;
        std::apply(
            [&](const auto&... column) {
                auto next = std::tie(column...);
                fill(out, next, std::index_sequence_for<decltype(column)...>{});
            },
            slots);
        return out;
    }

private:
    template <class Slots, std::size_t... I>
    static void fill(Row& out, const Slots& from, std::index_sequence<I...>) {
        ((out.*boost::mp11::mp_at_c<schemas::members_of<Row>, I>::pointer =
              std::get<I>(from).get()),
         ...);
    }
};

/// Throws std::logic_error for a text that would begin or end a transaction, or change the
/// connection.
void check_text(std::string_view text);
bool is_postgres(soci::session&);
bool is_lost(soci::session&); ///< the connection; it may come back
/// Throws std::logic_error when the statement has another number of columns or parameters.
void prepare(soci::session&, soci::statement&, const std::string& text, std::size_t columns,
             std::size_t parameters);
/// The server knows nothing of it any more, and need not be told that it ends.
void forget(soci::session&, soci::statement&);
std::int64_t last_key(soci::session&, const std::string& table);

/// PostgreSQL's texts hold no NUL, and libpq would cut them there. Throws database_error.
void refuse_nul(const std::string&);
inline void refuse_nul(const std::optional<std::string>& text) {
    if (text) refuse_nul(*text);
}
template <class Number>
void refuse_nul(const Number&) {}

} // namespace detail

/// A statement that is prepared once and run many times: query<user(std::int64_t)> takes an id and
/// yields users. A row is a struct described with BOOST_DESCRIBE_STRUCT (one column a member, in
/// their order), one value, or void. Values are std::int64_t, double, std::string, or a
/// std::optional of them for NULL. Parameters are :1, :2, … Keep it as a member of the store.
/// Throws soci::soci_error; let it pass, the batch knows what to do with it.
template <class Signature>
class query;

template <class Row, class... Parameters>
class query<Row(Parameters...)> {
public:
    query(sql& db, const std::string& text)
        : db_{db}, text_{text}, reads_{text.starts_with("SELECT")}, postgres_{detail::is_postgres(
                                                                        db.session_)} {
        detail::check_text(text);
        try {
            prepare();
        } catch (const soci::soci_error&) {
            if (!detail::is_lost(db.session_)) throw;
            statement_.reset(); // prepared when it is first run
        }
    }
    ~query() {
        const stall_guard::wait guarded{db_.guard_};
        statement_.reset(); // the server is told
    }
    query(const query&) = delete;
    query& operator=(const query&) = delete;

    /// The first row, or nothing.
    auto one(const Parameters&... given) {
        std::optional<Row> out;
        each(
            [&](Row row) {
                if (!out) out = std::move(row);
            },
            given...);
        return out;
    }

    auto all(const Parameters&... given) {
        std::vector<Row> out;
        each([&](Row row) { out.push_back(std::move(row)); }, given...);
        return out;
    }

    /// Runs to the end, so that no cursor stays open and holds the database's snapshot back.
    template <class Visitor>
    void each(Visitor&& visit, const Parameters&... given) {
        set(given...);
        if (!reads_) ++db_.changes_;
        try {
            for (bool more = execute(); more; more = statement_->fetch()) {
                if constexpr (std::is_void_v<Row>) visit();
                else visit(columns_.row());
            }
        } catch (...) {
            bind_again();
            throw;
        }
    }

    /// For statements without rows: how many rows they changed.
    std::int64_t run(const Parameters&... given) requires std::is_void_v<Row> {
        const auto before = db_.changes_;
        each([] {}, given...);
        const auto rows = statement_->get_affected_rows();
        if (rows == 0) db_.changes_ = before;
        return rows;
    }

private:
    // All rows come with it.
    bool execute() {
        const stall_guard::wait guarded{db_.guard_};
        return statement_->execute(true);
    }

    void prepare() {
        const stall_guard::wait guarded{db_.guard_};
        if (statement_) detail::forget(db_.session_, *statement_);
        statement_.emplace(db_.session_);
        bind();
        statement_->alloc();
        detail::prepare(db_.session_, *statement_, text_,
                        std::tuple_size_v<decltype(columns_.slots)>, sizeof...(Parameters));
        statement_->define_and_bind();
        connection_ = db_.connection_;
    }

    void bind() {
        std::apply([&](auto&... c) { (statement_->exchange(soci::into(c.value, c.ind)), ...); },
                   columns_.slots);
        std::apply([&](auto&... p) { (statement_->exchange(soci::use(p.value, p.ind)), ...); },
                   parameters_);
    }

    // SOCI's PostgreSQL keeps the parameters of a statement that failed, and would send them again
    // where the next one has NULL.
    void bind_again() {
        if (!postgres_) return;
        statement_->bind_clean_up();
        bind();
        statement_->define_and_bind();
    }

    void set(const Parameters&... given) {
        if (connection_ != db_.connection_) prepare();
        if (postgres_) (detail::refuse_nul(given), ...);
        std::apply([&](auto&... slot) { (slot.set(given), ...); }, parameters_);
    }

    sql& db_;
    std::string text_;
    bool reads_;
    bool postgres_;
    std::uint64_t connection_ = 0; // on which it is prepared
    detail::columns<Row> columns_;
    std::tuple<detail::slot<Parameters>...> parameters_;
    std::optional<soci::statement> statement_;
};

/// An INSERT of one row whose integer key, the column `id`, the database makes.
template <class... Parameters>
class insertion {
public:
    insertion(sql& db, std::string table, const std::string& text)
        : session_{db.session_}, table_{std::move(table)} {
        // SQLite's RETURNING would do too, but opens a table in memory each time: a tenth of a
        // durable write.
        if (detail::is_postgres(session_)) returning_.emplace(db, text + " RETURNING id");
        else insert_.emplace(db, text);
    }

    /// The key of the new row.
    std::int64_t run(const Parameters&... given) {
        if (returning_) return returning_->one(given...).value();
        insert_->run(given...);
        return detail::last_key(session_, table_);
    }

private:
    soci::session& session_;
    std::string table_;
    std::optional<query<void(Parameters...)>> insert_;
    std::optional<query<std::int64_t(Parameters...)>> returning_;
};

} // namespace postbus::kit
