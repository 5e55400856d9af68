#include "bus/settings.hpp"

#include "bus/known_keys.hpp"
#include "bus/logging.hpp"
#include "bus/nearest.hpp"
#include "bus/settings_file.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>

namespace postbus::bus {
namespace {

using texts_t = std::vector<std::string>;
using shape = enum file_value::shape;

[[noreturn]] void wrong(const std::string& where, const std::string& what) {
    throw settings_error{where + ": " + what};
}

std::int64_t to_number(const std::string& text, std::int64_t minimum, std::int64_t maximum,
                       const std::string& where) {
    std::int64_t number = 0;
    const auto end = text.data() + text.size();
    const auto [used, failed] = std::from_chars(text.data(), end, number);
    if (failed != std::errc{} || used != end || number < minimum || number > maximum)
        wrong(where, "must be a whole number from " + std::to_string(minimum) + " to " +
                         std::to_string(maximum) + ", not '" + text + '\'');
    return number;
}

bool to_truth(const std::string& text, const std::string& where) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    wrong(where, "must be true or false, not '" + text + '\'');
}

std::string variable_name(std::string name) {
    for (char& c : name) c = c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    return "POSTBUS_" + name;
}

texts_t split_at_commas(std::string_view text) {
    texts_t out;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        if (comma != 0) out.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return out;
}

/// What sets one setting, whatever its type.
struct entry {
    std::string name;
    std::string key;
    std::string wanted;        ///< for messages: "a text"
    std::vector<shape> shapes; ///< what the file may hold for it
    bool many = false;         ///< takes several texts; a variable's are split at commas
    std::function<void(const texts_t&, const std::string& where)> assign;
    /// Set instead of `assign` for a key with a `*`.
    std::function<void(const std::string& part, const std::string& text, const std::string& where)>
        assign_part;
    CLI::Option* option = nullptr;
};

} // namespace

class settings::impl {
public:
    impl(std::string program, const std::string& about) : program_{std::move(program)} {
        const auto blank = about.find("\n\n");
        app_.description(about.substr(0, blank));
        if (blank != std::string::npos) app_.footer(about.substr(blank + 1));
        app_.name(program_);
        app_.set_help_flag("--help,-h", "Print this and exit");
        app_.set_version_flag("--version",
                              program_.substr(0, program_.find(' ')) + " " POSTBUS_VERSION,
                              "Print the version and exit");
        app_.allow_extras();
    }

    void declare(entry made, const std::string& help, const std::string& fallback,
                 const std::string& type, bool positional = false) {
        if (made.key.empty()) made.key = made.name;
        if (std::ranges::none_of(
                known_keys, [&](std::string_view known) { return matches_key(made.key, known); }))
            made.key.clear();
        auto sources = variable_name(made.name);
        if (!made.key.empty()) sources += ", TOML: " + made.key;
        const auto text = positional ? help : help + " (" + sources + ')';
        if (type.empty()) {
            made.option = app_.add_flag("--" + made.name, text);
        } else {
            made.option = app_.add_option((positional ? "" : "--") + made.name,
                                          [](const CLI::results_t&) { return true; }, text);
            made.option->type_name(fallback.empty() ? type : type + '=' + fallback);
            made.option->multi_option_policy(made.many ? CLI::MultiOptionPolicy::TakeAll
                                                       : CLI::MultiOptionPolicy::TakeLast);
        }
        (positional ? positionals_ : entries_).push_back(std::move(made));
    }

    void require(const std::string& name) { required_.push_back(name); }

    std::optional<int> parse(int argc, const char* const* argv) try {
        declare_own();
        app_.parse(argc, argv);
        refuse_extras();
        load_file();
        for (const auto& one : entries_) apply(one);
        for (const auto& one : positionals_)
            if (one.option->count() > 0) one.assign(one.option->results(), one.name);
        start_logging(program_.substr(0, program_.find(' ')), log_format_);
        return std::nullopt;
    } catch (const CLI::Success& asked) {
        return app_.exit(asked);
    } catch (const CLI::ArgumentMismatch& e) {
        const std::string what = e.what();
        return refuse(what.substr(0, what.find(':')) + " needs a value");
    } catch (const CLI::Error& e) {
        return refuse(e.what());
    } catch (const settings_error& e) {
        return refuse(e.what());
    }

    const std::string& file() const noexcept { return file_; }
    const std::string& log_format() const noexcept { return log_format_; }

private:
    void declare_own() {
        declare({.name = "log-format",
                 .key = {},
                 .wanted = "a text",
                 .shapes = {shape::text},
                 .assign =
                     [this](const texts_t& texts, const std::string& where) {
                         if (texts.back() != "text" && texts.back() != "json")
                             wrong(where, "must be text or json, not '" + texts.back() + '\'');
                         log_format_ = texts.back();
                     },
                 .assign_part = {}},
                "How to log", "text", "text|json");
        config_ = app_.add_option(
            "--config", [](const CLI::results_t&) { return true; },
            "The TOML file (POSTBUS_CONFIG)");
        config_->type_name("FILE=postbus.toml")
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }

    int refuse(const std::string& what) const {
        std::cerr << program_ << ": " << what << '\n';
        return 2;
    }

    /// Looks at what nobody took, and only then at what is missing: a mistyped flag leaves its
    /// value behind as an argument.
    void refuse_extras() const {
        const auto left = app_.remaining();
        for (const auto& extra : left) {
            if (!extra.starts_with('-') || extra.size() < 2) continue;
            const auto flag = extra.substr(0, extra.find('='));
            std::vector<std::string> known{"--help", "--version", "--config"};
            for (const auto& one : entries_) known.push_back("--" + one.name);
            throw settings_error{"unknown flag " + flag + "; the nearest known one is " +
                                 nearest(flag, known)};
        }
        if (!left.empty())
            throw settings_error{"unexpected argument '" + left.front() + "'; see --help"};
        for (const auto& one : positionals_)
            if (one.option->count() == 0 && std::ranges::count(required_, one.name) != 0)
                throw settings_error{one.name + " is missing; see --help"};
    }

    void load_file() {
        const char* variable = std::getenv("POSTBUS_CONFIG");
        if (config_->count() > 0) file_ = config_->results().back();
        else if (variable && *variable) file_ = variable;
        else if (std::filesystem::exists("postbus.toml")) file_ = "postbus.toml";
        else return;
        in_file_ = read_settings_file(file_, known_keys);
    }

    void apply(const entry& one) const {
        const auto variable = variable_name(one.name);
        const char* in_variable = std::getenv(variable.c_str());
        if (in_variable && !*in_variable) in_variable = nullptr;
        const auto from_variable = [&] {
            return one.many ? split_at_commas(in_variable) : texts_t{in_variable};
        };
        if (one.assign_part) { // entries of a map: all sources, the strongest last
            apply_file(one);
            if (in_variable) apply_parts(one, from_variable(), variable);
            apply_parts(one, one.option->results(), "--" + one.name);
        } else if (one.option->count() > 0) {
            one.assign(one.option->results(), "--" + one.name);
        } else if (in_variable) {
            one.assign(from_variable(), variable);
        } else {
            apply_file(one);
        }
    }

    void apply_file(const entry& one) const {
        for (const auto& value : in_file_) {
            if (one.key.empty() || !matches_key(value.key, one.key)) continue;
            if (std::ranges::count(one.shapes, value.shape) == 0)
                wrong(value.where, "must be " + one.wanted);
            if (one.assign_part) {
                const auto star = one.key.find('*');
                const auto part = value.key.substr(star, value.key.find('.', star) - star);
                one.assign_part(part, value.texts.front(), value.where);
            } else {
                one.assign(value.texts, value.where);
            }
        }
    }

    static void apply_parts(const entry& one, const texts_t& texts, const std::string& where) {
        for (const auto& text : texts) {
            const auto equals = text.find('=');
            if (equals == 0 || equals == std::string::npos)
                wrong(where, "must look like NAME=NUMBER, not '" + text + '\'');
            one.assign_part(text.substr(0, equals), text.substr(equals + 1), where);
        }
    }

    std::string program_;
    CLI::App app_;
    std::vector<entry> entries_;
    std::vector<entry> positionals_;
    std::vector<std::string> required_;
    CLI::Option* config_ = nullptr;
    std::string log_format_ = "text";
    std::string file_;
    std::vector<file_value> in_file_;
};

settings::settings(std::string program, std::string about)
    : impl_{std::make_unique<impl>(std::move(program), about)} {}

settings::~settings() = default;

void settings::text(const std::string& name, const std::string& help, std::string& value,
                    std::string key) {
    impl_->declare(
        {.name = name,
         .key = std::move(key),
         .wanted = "a text",
         .shapes = {shape::text},
         .assign = [&value](const texts_t& texts, const std::string&) { value = texts.back(); },
         .assign_part = {}},
        help, value, "TEXT");
}

void settings::texts(const std::string& name, const std::string& help,
                     std::vector<std::string>& value, std::string key) {
    impl_->declare({.name = name,
                    .key = std::move(key),
                    .wanted = "a text or an array of texts",
                    .shapes = {shape::text, shape::texts},
                    .many = true,
                    .assign = [&value](const texts_t& texts, const std::string&) { value = texts; },
                    .assign_part = {}},
                   help, CLI::detail::join(value), "TEXT");
}

void settings::number(const std::string& name, const std::string& help, std::int64_t& value,
                      std::int64_t minimum, std::int64_t maximum, std::string key) {
    impl_->declare({.name = name,
                    .key = std::move(key),
                    .wanted = "a whole number",
                    .shapes = {shape::number},
                    .assign =
                        [&value, minimum, maximum](const texts_t& texts, const std::string& where) {
                            value = to_number(texts.back(), minimum, maximum, where);
                        },
                    .assign_part = {}},
                   help, std::to_string(value), "NUMBER");
}

void settings::toggle(const std::string& name, const std::string& help, bool& value,
                      std::string key) {
    impl_->declare(
        {.name = name,
         .key = std::move(key),
         .wanted = "true or false",
         .shapes = {shape::truth},
         .assign = [&value](const texts_t& texts,
                            const std::string& where) { value = to_truth(texts.back(), where); },
         .assign_part = {}},
        help, {}, {});
}

void settings::numbers(const std::string& name, const std::string& help,
                       std::map<std::string, std::int64_t>& value, std::int64_t minimum,
                       std::int64_t maximum, std::string key) {
    impl_->declare({.name = name,
                    .key = std::move(key),
                    .wanted = "a whole number",
                    .shapes = {shape::number},
                    .many = true,
                    .assign = {},
                    .assign_part =
                        [&value, minimum, maximum](const std::string& part, const std::string& text,
                                                   const std::string& where) {
                            value[part] = to_number(text, minimum, maximum, where);
                        }},
                   help, {}, "NAME=NUMBER");
}

void settings::brokers(std::vector<endpoint>& value) {
    if (value.empty()) value = {endpoint{}};
    impl_->declare({.name = "bus",
                    .key = {},
                    .wanted = "a text or an array of texts",
                    .shapes = {shape::text, shape::texts},
                    .many = true,
                    .assign =
                        [&value](const texts_t& texts, const std::string& where) {
                            std::string why;
                            std::vector<endpoint> read;
                            for (const auto& text : texts) {
                                const auto one = parse_endpoint(text, why);
                                if (!one) wrong(where, why);
                                read.push_back(*one);
                            }
                            if (read.empty()) wrong(where, "names no broker");
                            value = std::move(read);
                        },
                    .assign_part = {}},
                   "A broker's address; repeat it for several", default_bus, "tcp://HOST:PORT");
}

void settings::argument(const std::string& name, const std::string& help, std::string& value,
                        bool required) {
    impl_->declare(
        {.name = name,
         .key = {},
         .wanted = "a text",
         .shapes = {},
         .assign = [&value](const texts_t& texts, const std::string&) { value = texts.back(); },
         .assign_part = {}},
        help, {}, "TEXT", true);
    if (required) impl_->require(name);
}

std::optional<int> settings::parse(int argc, const char* const* argv) {
    return impl_->parse(argc, argv);
}

const std::string& settings::file() const noexcept {
    return impl_->file();
}

const std::string& settings::log_format() const noexcept {
    return impl_->log_format();
}

} // namespace postbus::bus
