#pragma once

#include "services/kit/stall_guard.hpp"

#include <cstdint>

namespace soci {
class session;
}

namespace postbus::kit {

/// What a store may do with its database: prepare statements (see query). It can neither begin nor
/// commit: the batch does. Belongs to one thread, like the connection that it stands for.
class sql {
public:
    /// A guard looks after the waits for a server's answers.
    explicit sql(soci::session& session, stall_guard* guard = nullptr) noexcept
        : session_{session}, guard_{guard} {}
    sql(const sql&) = delete;
    sql& operator=(const sql&) = delete;

    /// The server is another one now, or has forgotten us: statements are to be prepared anew.
    void reconnected() noexcept { ++connection_; }

    /// Grows with every statement that may have changed something: the same number before and after
    /// says that nothing did.
    std::uint64_t changes() const noexcept { return changes_; }

private:
    template <class Signature>
    friend class query;
    template <class... Parameters>
    friend class insertion;
    soci::session& session_;
    stall_guard* guard_;
    std::uint64_t connection_ = 1; // counts them
    std::uint64_t changes_ = 0;
};

} // namespace postbus::kit
