#pragma once

namespace soci {
class session;
}

namespace postbus::kit {

/// What a store may do with its database: prepare statements (see query). It can neither begin nor
/// commit: the batch does. Belongs to one thread, like the connection that it stands for.
class sql {
public:
    explicit sql(soci::session& session) noexcept : session_{session} {}
    sql(const sql&) = delete;
    sql& operator=(const sql&) = delete;

private:
    template <class Signature>
    friend class query;
    template <class... Parameters>
    friend class insertion;
    soci::session& session_;
};

} // namespace postbus::kit
