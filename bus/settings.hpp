#pragma once

#include "bus/bus_security.hpp"
#include "bus/endpoint.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postbus::bus {

/// A program's settings: flags, then POSTBUS_* variables, then postbus.toml (in the working folder,
/// or --config FILE), then defaults. Every program takes --config, --log-format, --version and
/// --help. The setting `NAME` has the flag --NAME, the variable POSTBUS_NAME (dashes become
/// underscores), and the TOML key given (a dotted path; by default NAME itself), if
/// bus/known_keys.hpp lists that.
class settings {
public:
    /// `program` is what usage and logs call it; `about` one sentence for --help, and after an
    /// empty line what is to stand below the flags (an example).
    settings(std::string program, std::string about);
    ~settings();

    // Each takes the variable that holds the default now and the setting after parse().
    void text(const std::string& name, const std::string& help, std::string& value,
              std::string key = {});
    void texts(const std::string& name, const std::string& help, std::vector<std::string>& value,
               std::string key = {});
    void number(const std::string& name, const std::string& help, std::int64_t& value,
                std::int64_t minimum, std::int64_t maximum, std::string key = {});
    void toggle(const std::string& name, const std::string& help, bool& value,
                std::string key = {});
    /// --NAME KEY=NUMBER, repeatable; in the file one number a key, with a `*` in `key` where the
    /// map's key stands ("services.*.workers"). What is given replaces only the entries it names.
    void numbers(const std::string& name, const std::string& help,
                 std::map<std::string, std::int64_t>& value, std::int64_t minimum,
                 std::int64_t maximum, std::string key);
    /// For callers and workers: --bus, repeatable, parsed and checked, default_bus when nothing is
    /// given; and what protects it, --bus-key, --broker-key and --insecure-bus. After parse() each
    /// address has its keys.
    void brokers(std::vector<endpoint>& value);
    /// The same for a broker: --bus, --bus-key, --bus-policy and --insecure-bus.
    void listens(std::vector<endpoint>& value);
    /// For who starts both: --bus and all of the above.
    void whole_bus(std::vector<endpoint>& value);
    /// A positional argument.
    void argument(const std::string& name, const std::string& help, std::string& value,
                  bool required);
    /// All other positional arguments.
    void arguments(const std::string& name, const std::string& help,
                   std::vector<std::string>& values, bool required);

    /// Reads everything and starts logging (bus/logging.hpp). When the program should end now, its
    /// exit code: 0 after --help or --version, 2 after one clear line on stderr that names the
    /// flag, variable, or file and key at fault, and the nearest known one for an unknown name.
    std::optional<int> parse(int argc, const char* const* argv);

    const std::string& file() const noexcept;       ///< the TOML file that was read; empty: none
    const std::string& log_format() const noexcept; ///< "text" or "json"
    /// As it was given, for those who hand it on.
    const bus_security& security() const noexcept;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace postbus::bus
