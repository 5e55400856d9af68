#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::bus {

/// Names that are meant: "orders.list" this one, "orders.*" all that begin so, "*" any.
class name_patterns {
public:
    name_patterns() = default;
    /// Each must be fit(); throws nothing else than std::bad_alloc.
    explicit name_patterns(std::vector<std::string> patterns);

    bool match(std::string_view name) const noexcept;
    bool any() const noexcept { return any_; } ///< whatever the name
    static bool fit(std::string_view pattern) noexcept;

private:
    std::vector<std::string> exact_;
    std::vector<std::string> beginnings_;
    bool any_ = false;
};

/// What the holder of a key may do.
struct key_rights {
    std::string name;        ///< for people
    name_patterns serves;    ///< services that it may be a worker of
    name_patterns calls;     ///< operations
    name_patterns publishes; ///< topics of `journal.publish`
    bool operates = false;   ///< operations of the broker itself
};

/// Which keys may connect to a broker, and what each may do: a TOML file, see docs/security.md.
class policy {
public:
    /// Reads all of it or throws settings_error with one line that names file, line and key.
    static policy read(const std::string& path);

    /// Null: nobody knows this key. Stays valid as long as the policy.
    const key_rights* find(std::string_view public_key) const;
    std::size_t keys() const noexcept { return by_key_.size(); }

private:
    friend class policy_reader;

    std::map<std::string, std::shared_ptr<const key_rights>, std::less<>> by_key_;
};

} // namespace postbus::bus
