#include "bus/policy.hpp"

#include "bus/key_file.hpp"
#include "bus/nearest.hpp"
#include "bus/settings_file.hpp"

#include <toml.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace postbus::bus {

namespace {

constexpr std::string_view any_name = "*";
constexpr std::string_view any_rest = ".*";
constexpr std::size_t max_file = 1024 * 1024;

bool fits_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

} // namespace

name_patterns::name_patterns(std::vector<std::string> patterns) {
    for (auto& one : patterns) {
        if (one == any_name) any_ = true;
        else if (one.ends_with(any_rest)) beginnings_.push_back(one.substr(0, one.size() - 1));
        else exact_.push_back(std::move(one));
    }
}

bool name_patterns::match(std::string_view name) const noexcept {
    return any_ || std::ranges::find(exact_, name) != exact_.end() ||
           std::ranges::any_of(beginnings_,
                               [&](const std::string& one) { return name.starts_with(one); });
}

bool name_patterns::fit(std::string_view pattern) noexcept {
    if (pattern == any_name) return true;
    if (pattern.ends_with(any_rest)) pattern.remove_suffix(any_rest.size());
    return !pattern.empty() && pattern.front() >= 'a' && pattern.front() <= 'z' &&
           pattern.back() != '.' && std::ranges::all_of(pattern, fits_name);
}

// What is wrong is said of a place in the file: its line and its key.
class policy_reader {
public:
    explicit policy_reader(const std::string& path) : path_{path} {}

    policy read() {
        const auto root = parse();
        for (const auto& [name, value] : root.as_table()) {
            if (name != "keys") wrong(value, name, unknown(name, {"keys"}));
            if (!value.is_table()) wrong(value, name, "must be tables, such as [keys.gateway]");
            for (const auto* holder : in_order(value.as_table()))
                add(holder->first, holder->second);
        }
        if (out_.by_key_.empty())
            throw settings_error{path_ + ": names no key, so nobody could connect"};
        return std::move(out_);
    }

private:
    toml::value parse() const {
        std::error_code failed;
        if (std::filesystem::is_directory(path_, failed))
            throw settings_error{path_ + ": is a folder; a TOML file is wanted"};
        if (std::filesystem::file_size(path_, failed) > max_file && !failed)
            throw settings_error{path_ + ": is larger than 1 MiB"};
        std::ifstream in{path_, std::ios::binary};
        if (!in) throw settings_error{path_ + ": cannot be read"};
        try {
            return toml::parse(in, path_);
        } catch (const toml::exception& e) {
            throw not_toml(path_, e.location().line(), e.what());
        }
    }

    // As they stand in the file: of two mistakes the first is told, of two alike the second.
    static std::vector<const toml::table::value_type*> in_order(const toml::table& table) {
        std::vector<const toml::table::value_type*> out;
        for (const auto& one : table) out.push_back(&one);
        std::ranges::sort(out, {}, [](const auto* one) { return one->second.location().line(); });
        return out;
    }

    void add(const std::string& name, const toml::value& entry) {
        const auto whole = "keys." + name;
        if (!entry.is_table())
            wrong(entry, whole, "must be a table, such as [keys.gateway] with key = \"...\"");
        key_rights rights{.name = name, .serves = {}, .calls = {}, .publishes = {}};
        const toml::value* keys = nullptr;
        for (const auto* given : in_order(entry.as_table())) {
            const auto& [word, value] = *given;
            const auto key = whole + '.' + word;
            if (word == "key") keys = &value;
            else if (word == "serves") rights.serves = patterns(value, key);
            else if (word == "calls") rights.calls = patterns(value, key);
            else if (word == "publishes") rights.publishes = patterns(value, key);
            else if (word == "operates") rights.operates = truth(value, key);
            else
                wrong(value, key,
                      unknown(word, {"key", "serves", "calls", "publishes", "operates"}));
        }
        if (keys == nullptr)
            wrong(entry, whole, "has no key: give key = \"...\", a public key or a .pub file");
        const auto given = texts(*keys, whole + ".key");
        if (given.empty()) wrong(*keys, whole + ".key", "names no key: give one at least");
        const auto shared = std::make_shared<const key_rights>(std::move(rights));
        for (const auto& text : given) enter(shared, text, *keys);
    }

    void enter(const std::shared_ptr<const key_rights>& rights, const std::string& text,
               const toml::value& at) {
        const auto where = "keys." + rights->name + ".key";
        std::string key;
        try { // a file is beside the policy
            key = read_public_key(text.ends_with(".pub")
                                      ? (std::filesystem::path{path_}.parent_path() / text).string()
                                      : text);
        } catch (const settings_error& e) {
            wrong(at, where, e.what());
        }
        const auto [known, fresh] = out_.by_key_.emplace(key, rights);
        if (!fresh)
            wrong(at, where, "is the key of " + known->second->name + " too; each has its own");
    }

    name_patterns patterns(const toml::value& value, const std::string& key) const {
        auto all = texts(value, key);
        for (const auto& one : all)
            if (!name_patterns::fit(one))
                wrong(value, key,
                      '\'' + one +
                          "' is no name: give one such as 'orders' or 'orders.list', 'orders.*' "
                          "for all that begin so, or '*' for any");
        return name_patterns{std::move(all)};
    }

    std::vector<std::string> texts(const toml::value& value, const std::string& key) const {
        if (value.is_string()) return {value.as_string().str};
        if (!value.is_array() ||
            !std::ranges::all_of(value.as_array(), [](const auto& one) { return one.is_string(); }))
            wrong(value, key, "must be a text or an array of texts");
        std::vector<std::string> out;
        for (const auto& one : value.as_array()) out.push_back(one.as_string().str);
        return out;
    }

    bool truth(const toml::value& value, const std::string& key) const {
        if (!value.is_boolean()) wrong(value, key, "must be true or false");
        return value.as_boolean();
    }

    static std::string unknown(const std::string& word, const std::vector<std::string>& known) {
        return "unknown key; the nearest known one is '" + nearest(word, known) + '\'';
    }

    [[noreturn]] void wrong(const toml::value& at, const std::string& key,
                            const std::string& what) const {
        throw settings_error{path_ + ':' + std::to_string(at.location().line()) + ": " + key +
                             ": " + what};
    }

    std::string path_;
    policy out_;
};

policy policy::read(const std::string& path) {
    return policy_reader{path}.read();
}

const key_rights* policy::find(std::string_view public_key) const {
    const auto known = by_key_.find(public_key);
    return known == by_key_.end() ? nullptr : known->second.get();
}

} // namespace postbus::bus
