#include "bus/bus_security.hpp"

#include "bus/key_file.hpp"
#include "bus/settings_file.hpp"

#include <filesystem>

namespace postbus::bus {

namespace {

// Says which flag an error is about.
template <class Read>
auto named(const std::string& flag, Read read) {
    try {
        return read();
    } catch (const settings_error& e) {
        throw settings_error{flag + ": " + e.what()};
    }
}

key_pair own_pair(const std::string& file) {
    return named("--bus-key", [&] {
        std::error_code failed;
        // A key given by mistake must not be repeated in a message.
        if (is_key(file) && !std::filesystem::exists(file, failed))
            throw settings_error{"names a file with a key, it is not the key itself"};
        return read_key_file(file);
    });
}

void refuse_open(const std::vector<endpoint>& addresses, bool insecure, const std::string& remedy) {
    for (const auto& where : addresses)
        if (!where.loopback() && !insecure)
            throw settings_error{"--bus " + where.requests() +
                                 ": not a loopback address, and nothing protects what is sent "
                                 "there: give " +
                                 remedy + " (--insecure-bus allows it all the same)"};
}

} // namespace

std::string bus_security::file_of(const std::string& name) const {
    std::error_code failed;
    if (!std::filesystem::is_directory(key, failed)) return key;
    return (std::filesystem::path{key} / (name + ".key")).string();
}

void secure_callers(const bus_security& given, const std::string& name,
                    std::vector<endpoint>& brokers) {
    if (given.key.empty()) {
        if (!given.broker_keys.empty())
            throw settings_error{"--broker-key: needs --bus-key too, this program's own key"};
        return refuse_open(brokers, given.insecure, "--bus-key and --broker-key");
    }
    const auto file = given.file_of(name);
    const auto own = own_pair(file);
    auto texts = given.broker_keys;
    if (texts.empty())
        texts = {(std::filesystem::path{file}.parent_path() / "broker.pub").string()};
    if (texts.size() != 1 && texts.size() != brokers.size())
        throw settings_error{"--broker-key: give one for all brokers, or one for each --bus in its "
                             "order; there are " +
                             std::to_string(texts.size()) + " for " +
                             std::to_string(brokers.size())};
    for (std::size_t i = 0; i < brokers.size(); ++i) {
        auto key = named("--broker-key",
                         [&] { return read_public_key(texts[texts.size() == 1 ? 0 : i]); });
        brokers[i].keys = std::make_shared<const curve_keys>(curve_keys{own, file, std::move(key)});
    }
}

void check_policy_given(const bus_security& given) {
    if (given.key.empty() != given.policy.empty())
        throw settings_error{given.key.empty()
                                 ? "--bus-policy: needs --bus-key too, the broker's own key"
                                 : "--bus-key: needs --bus-policy too, the file that says which "
                                   "keys may do what"};
}

void secure_broker(const bus_security& given, std::vector<endpoint>& listens) {
    check_policy_given(given);
    if (given.key.empty())
        return refuse_open(listens, given.insecure, "--bus-key and --bus-policy");
    const auto file = given.file_of("broker");
    const auto own = own_pair(file);
    for (auto& where : listens)
        where.keys = std::make_shared<const curve_keys>(curve_keys{own, file, own.public_key});
}

} // namespace postbus::bus
