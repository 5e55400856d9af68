#include "bus/settings.hpp"

#include "bus/known_keys.hpp"
#include "bus/logging.hpp"
#include "bus/nearest.hpp"
#include "bus/setting.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>

namespace postbus::bus {
namespace {

struct entry {
    std::string name;
    std::string key; ///< empty: not in the file
    bus::setting setting;
    CLI::Option* option = nullptr;
};

/// Options keep their results; they are looked at when all sources are known.
const CLI::callback_t accept = [](const CLI::results_t&) { return true; };

/// The value of a variable; an empty one counts as not given.
const char* variable(const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    return value && *value ? value : nullptr;
}

[[noreturn]] void wrong(const std::string& where, const std::string& what) {
    throw settings_error{where + ": " + what};
}

} // namespace

class settings::impl {
public:
    impl(std::string program, const std::string& about) : program_{std::move(program)} {
        const auto blank = about.find("\n\n");
        app_.description(about.substr(0, blank));
        if (blank != std::string::npos) app_.footer(about.substr(blank + 1));
        app_.name(program_);
        app_.set_help_flag("--help,-h", "Print this and exit");
        app_.set_version_flag("--version", executable() + " " POSTBUS_VERSION,
                              "Print the version and exit");
        app_.allow_extras();
    }

    void declare(const std::string& name, const std::string& help, std::string key,
                 setting&& made) {
        if (key.empty()) key = name;
        if (std::ranges::none_of(known_keys,
                                 [&](std::string_view known) { return matches_key(key, known); }))
            key.clear();
        const auto text =
            help + " (" + variable_name(name) + (key.empty() ? "" : ", TOML: " + key) + ')';
        auto* const option = made.type.empty() ? app_.add_flag("--" + name, text)
                                               : app_.add_option("--" + name, accept, text);
        if (!made.type.empty()) describe(*option, made);
        entries_.push_back({name, std::move(key), std::move(made), option});
    }

    void declare_argument(const std::string& name, const std::string& help, setting&& made,
                          bool required) {
        auto* const option = app_.add_option(name, accept, help);
        if (made.many) option->expected(-1);
        describe(*option, made);
        if (required) required_.push_back(name);
        arguments_.push_back({name, {}, std::move(made), option});
    }

    void protect(std::vector<endpoint>& addresses, bus_part part) {
        const bool broker = part == bus_part::broker;
        declare("bus-key",
                broker ? "Its secret key: a .key file, or a folder with broker.key"
                       : "This program's secret key: a .key file, or a folder with one for each "
                         "program (users.key, gateway.key; postbus.key for commands)",
                {}, setting::of_text(security_.key));
        if (!broker)
            declare("broker-key",
                    "The broker's public key, or a .pub file; by default broker.pub beside the "
                    "own key. Repeat it when several brokers have each their own",
                    {}, setting::of_texts(security_.broker_keys));
        if (part != bus_part::caller)
            declare("bus-policy", "The file that says which keys may connect, and what they may do",
                    {}, setting::of_text(security_.policy));
        declare("insecure-bus",
                "Use addresses beyond loopback without encryption and authentication", {},
                setting::of_toggle(security_.insecure));
        secure_ = [this, &addresses, part] {
            const auto program = executable();
            const auto dash = program.find('-');
            if (part == bus_part::broker) return secure_broker(security_, addresses);
            if (part == bus_part::both) check_policy_given(security_);
            secure_callers(security_,
                           dash == std::string::npos ? program : program.substr(dash + 1),
                           addresses);
        };
    }

    std::optional<int> parse(int argc, const char* const* argv) try {
        declare("log-format", "How to log", {}, setting::of_log_format(log_format_));
        config_ = app_.add_option("--config", accept, "The TOML file (POSTBUS_CONFIG)");
        config_->type_name("FILE=postbus.toml");
        config_->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
        app_.parse(argc, argv);
        refuse_extras();
        load_file();
        for (const auto& one : entries_) apply(one);
        for (const auto& one : arguments_)
            if (one.option->count() > 0) one.setting.assign(one.option->results(), one.name);
        if (secure_) secure_();
        start_logging(executable(), log_format_);
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
    const bus_security& security() const noexcept { return security_; }

private:
    /// "postbus" of "postbus up".
    std::string executable() const { return program_.substr(0, program_.find(' ')); }

    static void describe(CLI::Option& option, const setting& made) {
        option.type_name(made.fallback.empty() ? made.type : made.type + '=' + made.fallback);
        option.multi_option_policy(made.many ? CLI::MultiOptionPolicy::TakeAll
                                             : CLI::MultiOptionPolicy::TakeLast);
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
        for (const auto& one : arguments_)
            if (one.option->count() == 0 && std::ranges::count(required_, one.name) != 0)
                throw settings_error{one.name + " is missing; see --help"};
    }

    void load_file() {
        const char* const named = variable("POSTBUS_CONFIG");
        if (config_->count() > 0) file_ = config_->results().back();
        else if (named) file_ = named;
        else if (std::filesystem::exists("postbus.toml")) file_ = "postbus.toml";
        else return;
        in_file_ = read_settings_file(file_, known_keys);
    }

    void apply(const entry& one) const {
        const auto name = variable_name(one.name);
        setting::texts given;
        if (const char* const value = variable(name))
            given = one.setting.many ? split_at_commas(value) : setting::texts{value};
        if (one.setting.assign_entry) { // from all sources, the strongest last
            apply_file(one);
            apply_entries(one, given, name);
            apply_entries(one, one.option->results(), "--" + one.name);
        } else if (one.option->count() > 0) {
            one.setting.assign(one.option->results(), "--" + one.name);
        } else if (!given.empty()) {
            one.setting.assign(given, name);
        } else {
            apply_file(one);
        }
    }

    void apply_file(const entry& one) const {
        for (const auto& value : in_file_) {
            if (one.key.empty() || !matches_key(value.key, one.key)) continue;
            if (std::ranges::count(one.setting.shapes, value.shape) == 0)
                wrong(value.where, "must be " + one.setting.wanted);
            if (!one.setting.assign_entry) {
                one.setting.assign(value.texts, value.where);
                continue;
            }
            const auto star = one.key.find('*');
            const auto name = value.key.substr(star, value.key.find('.', star) - star);
            one.setting.assign_entry(name, value.texts.front(), value.where);
        }
    }

    static void apply_entries(const entry& one, const setting::texts& given,
                              const std::string& where) {
        for (const auto& text : given) {
            const auto equals = text.find('=');
            if (equals == 0 || equals == std::string::npos)
                wrong(where, "must look like " + one.setting.type + ", not '" + text + '\'');
            one.setting.assign_entry(text.substr(0, equals), text.substr(equals + 1), where);
        }
    }

    std::string program_;
    CLI::App app_;
    std::vector<entry> entries_;
    std::vector<entry> arguments_;
    std::vector<std::string> required_;
    CLI::Option* config_ = nullptr;
    std::string log_format_ = "text";
    bus_security security_;
    std::function<void()> secure_;
    std::string file_;
    std::vector<file_value> in_file_;
};

settings::settings(std::string program, std::string about)
    : impl_{std::make_unique<impl>(std::move(program), about)} {}

settings::~settings() = default;

void settings::text(const std::string& name, const std::string& help, std::string& value,
                    std::string key) {
    impl_->declare(name, help, std::move(key), setting::of_text(value));
}

void settings::texts(const std::string& name, const std::string& help,
                     std::vector<std::string>& value, std::string key) {
    impl_->declare(name, help, std::move(key), setting::of_texts(value));
}

void settings::number(const std::string& name, const std::string& help, std::int64_t& value,
                      std::int64_t minimum, std::int64_t maximum, std::string key) {
    impl_->declare(name, help, std::move(key), setting::of_number(value, minimum, maximum));
}

void settings::toggle(const std::string& name, const std::string& help, bool& value,
                      std::string key) {
    impl_->declare(name, help, std::move(key), setting::of_toggle(value));
}

void settings::numbers(const std::string& name, const std::string& help,
                       std::map<std::string, std::int64_t>& value, std::int64_t minimum,
                       std::int64_t maximum, std::string key) {
    impl_->declare(name, help, std::move(key), setting::of_numbers(value, minimum, maximum));
}

void settings::brokers(std::vector<endpoint>& value) {
    if (value.empty()) value = {endpoint{}};
    impl_->declare("bus", "A broker's address; repeat it for several", {},
                   setting::of_brokers(value));
    impl_->protect(value, bus_part::caller);
}

void settings::whole_bus(std::vector<endpoint>& value) {
    if (value.empty()) value = {endpoint{}};
    impl_->declare("bus", "A broker's address; repeat it for several", {},
                   setting::of_brokers(value));
    impl_->protect(value, bus_part::both);
}

void settings::listens(std::vector<endpoint>& value) {
    impl_->declare("bus",
                   "where it listens: this port for requests, the next for registry and wake-ups",
                   {}, setting::of_brokers(value));
    impl_->protect(value, bus_part::broker);
}

void settings::argument(const std::string& name, const std::string& help, std::string& value,
                        bool required) {
    auto made = setting::of_text(value);
    made.fallback.clear();
    impl_->declare_argument(name, help, std::move(made), required);
}

void settings::arguments(const std::string& name, const std::string& help,
                         std::vector<std::string>& values, bool required) {
    auto made = setting::of_texts(values);
    made.fallback.clear();
    impl_->declare_argument(name, help, std::move(made), required);
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

const bus_security& settings::security() const noexcept {
    return impl_->security();
}

} // namespace postbus::bus
