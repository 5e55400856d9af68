#include "bus/nearest.hpp"
#include "tools/commands.hpp"

#include <array>
#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace postbus;

struct command {
    std::string_view name;
    int (*run)(int argc, const char* const* argv);
    std::string_view about;
    std::string_view example;
};

constexpr std::array commands{
    command{"up", tools::up, "Start the whole stack and keep it running",
            "postbus up --http 127.0.0.1:3000 --scale orders=3"},
    command{"restart", tools::restart, "Replace running processes by new ones, without a pause",
            "postbus restart users orders"},
    command{"scale", tools::scale, "Change how many workers a running service has",
            "postbus scale orders=3 users=2"},
    command{"status", tools::status, "Show the services and workers that the brokers know",
            "postbus status --json"},
    command{"top", tools::top, "Watch rates, times, queues and lag of each service, live",
            "postbus top --interval 2"},
    command{"call", tools::call, "Call an operation of a service over the bus",
            R"(postbus call users.create '{"name":"Carol"}')"},
    command{"publish", tools::publish, "Publish events of your own",
            R"(postbus publish door.opened '{"door":1}')"},
    command{"subscribe", tools::subscribe, "Print events as they happen",
            "postbus subscribe orders. --from-start"},
    command{"events", tools::events, "Look into events logs; try again what failed",
            "postbus events list orders --limit 5"},
    command{"keys", tools::keys, "Make the keys of programs on the bus, and show them",
            "postbus keys make broker gateway users --folder keys"},
    command{"audit", tools::audit, "Check the shop's books, also across services",
            "postbus audit --settled"},
};

void print_help(std::ostream& out) {
    out << "Postbus: services that talk over a message bus.\n"
           "Usage: postbus COMMAND [flags]\n\nCommands:\n";
    for (const auto& one : commands)
        out << "  " << one.name << std::string(11 - one.name.size(), ' ') << one.about
            << "\n             " << one.example << '\n';
    out << "\n`postbus COMMAND --help` lists a command's flags. `postbus --version` prints the "
           "version.\n";
}

int run(std::span<const char* const> arguments) {
    const std::string_view word = arguments.size() > 1 ? arguments[1] : "";
    for (const auto& one : commands)
        if (word == one.name)
            return one.run(static_cast<int>(arguments.size()) - 1, arguments.data() + 1);
    if (word == "--help" || word == "-h" || word == "help") {
        print_help(std::cout);
        return 0;
    }
    if (word == "--version") {
        std::cout << "postbus " POSTBUS_VERSION "\n";
        return 0;
    }
    if (word.empty()) {
        print_help(std::cerr);
        return 2;
    }
    std::vector<std::string> known{"--help", "--version"};
    for (const auto& one : commands) known.emplace_back(one.name);
    std::cerr << "postbus: unknown command '" << word << "'; the nearest known one is '"
              << bus::nearest(word, known) << "' (see postbus --help)\n";
    return 2;
}

} // namespace

int main(int argc, char** argv) try {
    return run({argv, static_cast<std::size_t>(argc)});
} catch (const std::exception& e) {
    std::cerr << "postbus: " << e.what() << '\n';
    return 1;
}
