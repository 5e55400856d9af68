#pragma once

#include "bus/call_id.hpp"
#include "services/kit/answer.hpp"
#include "services/kit/query.hpp"
#include "services/kit/reply_row.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace postbus::kit {

namespace detail {

struct marks_row {
    std::string watermark;
    std::int64_t oldest_code = 0;
    std::optional<std::string> newest;
};
BOOST_DESCRIBE_STRUCT(marks_row, (), (watermark, oldest_code, newest))

} // namespace detail

/// The recorded replies of writes, by call id, in the transactions of their effects: a call that
/// comes again gets its reply again, byte for byte. Old ones are pruned, which raises the watermark
/// in the same transaction: a call at or below it without a record can never run.
class call_records {
public:
    /// `keep` by the time in the call id. Prepares its statements; throws soci::soci_error.
    call_records(sql&, std::chrono::milliseconds keep);

    /// The first statement of a batch: other processes may have raised these.
    struct marks {
        bus::call_id watermark;
        std::int64_t oldest_code = 0; ///< see migration::oldest_code
    };
    marks load();

    /// Only after load() in the same transaction. Ids grow with time: most are above all that are
    /// recorded, and cost no look.
    std::optional<answer> find(const bus::call_id&);
    void insert(const bus::call_id&, const answer&);
    /// Drops at most `at_most` of those older than `keep` before `now_unix_ms`. The new watermark,
    /// when there was anything to drop.
    std::optional<bus::call_id> prune(std::int64_t now_unix_ms, std::int64_t at_most);

private:
    std::chrono::milliseconds keep_;
    query<detail::marks_row()> marks_;
    query<reply_row(std::string)> find_;
    query<void(std::string, std::int64_t, std::string, std::string)> insert_;
    query<std::string(std::string)> oldest_;
    query<std::string(std::string, std::int64_t)> nth_;
    query<void(std::string)> remove_;
    query<void(std::string)> raise_;
    std::string fields_;  // reused
    bus::call_id newest_; // no record is above it
};

} // namespace postbus::kit
