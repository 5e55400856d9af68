#pragma once

#include "services/kit/answer.hpp"
#include "services/kit/query.hpp"
#include "services/kit/reply_row.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace postbus::kit {

namespace detail {

struct key_row {
    std::string fingerprint;
    std::int64_t status = 0;
    std::string fields;
    std::string body;
};
BOOST_DESCRIBE_STRUCT(key_row, (), (fingerprint, status, fields, body))

} // namespace detail

/// A write that its client named with an Idempotency-Key
/// (draft-ietf-httpapi-idempotency-key-header).
struct keyed_request {
    std::string principal;
    std::string operation;
    std::string key;
    std::string fingerprint; ///< see request_fingerprint()

    /// Nothing when the call has no key.
    static std::optional<keyed_request> of(const bus::call_meta&, std::string_view body);
};

/// The recorded replies of writes with a key, in the transactions of their effects. Something else
/// than call records: a client's own repetition is a call of its own, with another id.
class idempotency_keys {
public:
    static constexpr std::chrono::milliseconds keep = std::chrono::hours{24}; ///< at least

    explicit idempotency_keys(sql&);

    /// The recorded reply; 422 when the key stands for another request.
    std::optional<answer> find(const keyed_request&);
    void insert(const keyed_request&, const answer&, std::int64_t now_unix_ms);
    /// Drops at most `at_most` of those older than `keep`.
    void prune(std::int64_t now_unix_ms, std::int64_t at_most);

private:
    query<detail::key_row(std::string, std::string, std::string)> find_;
    query<void(std::string, std::string, std::string, std::string, std::int64_t, std::string,
               std::string, std::int64_t)>
        insert_;
    query<void(std::int64_t, std::int64_t)> remove_;
    std::string fields_; // reused
};

} // namespace postbus::kit
