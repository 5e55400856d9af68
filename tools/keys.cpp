#include "tools/commands.hpp"

#include "bus/key_file.hpp"
#include "bus/settings.hpp"
#include "bus/settings_file.hpp"
#include "schemas/describe.hpp"
#include "schemas/json_write.hpp"

#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::tools {
namespace {

struct shown_key {
    std::string name;
    std::string public_key;
    std::string file;
};
BOOST_DESCRIBE_STRUCT(shown_key, (), (name, public_key, file))

void print(const shown_key& key, bool as_json) {
    if (as_json) std::cout << schemas::to_json(key) << '\n';
    else std::cout << key.public_key << "  " << key.name << "  " << key.file << '\n';
}

int complain(const std::string& what) {
    std::cerr << "postbus keys: " << what << '\n';
    return 1;
}

int make(int argc, const char* const* argv) {
    std::vector<std::string> names;
    std::string folder = "keys";
    bool as_json = false;
    bus::settings settings{
        "postbus keys make",
        "Makes a key pair for each name: FOLDER/NAME.key, the secret that only its owner may read, "
        "and FOLDER/NAME.pub for everybody. Prints the public keys. Replaces nothing.\n\n"
        "Example:\n"
        "  postbus keys make broker gateway postbus users orders --folder keys"};
    settings.text("folder", "Where the files go; made when missing", folder);
    settings.toggle("json", "Print them as JSON, one a line", as_json);
    settings.arguments("NAME", "Whose: a program's, such as broker, gateway, users, postbus", names,
                       true);
    if (const auto code = settings.parse(argc, argv)) return *code;
    try {
        for (const auto& name : names) bus::check_new_key(folder, name); // all or none
        for (const auto& name : names)
            print({name, bus::make_key_files(folder, name), folder + '/' + name + ".key"}, as_json);
    } catch (const bus::settings_error& unfit) {
        return complain(unfit.what());
    }
    return 0;
}

std::string name_in(const std::string& file) {
    const auto begin = file.rfind('/') + 1;
    return file.substr(begin, file.rfind('.') - begin);
}

int show(int argc, const char* const* argv) {
    std::vector<std::string> files;
    bool as_json = false;
    bus::settings settings{"postbus keys show",
                           "Prints the public key that belongs to a .key or .pub file. The secret "
                           "is shown by nothing.\n\n"
                           "Example:\n"
                           "  postbus keys show keys/broker.key"};
    settings.toggle("json", "Print them as JSON, one a line", as_json);
    settings.arguments("FILE", "A .key or .pub file", files, true);
    if (const auto code = settings.parse(argc, argv)) return *code;
    try {
        for (const auto& file : files)
            print({name_in(file),
                   file.ends_with(".pub") ? bus::read_public_key(file)
                                          : bus::read_key_file(file).public_key,
                   file},
                  as_json);
    } catch (const bus::settings_error& unfit) {
        return complain(unfit.what());
    }
    return 0;
}

void print_help(std::ostream& out) {
    out << "Makes the keys with which programs prove on the bus who they are, and shows them.\n"
           "Usage: postbus keys make NAME... [--folder FOLDER]\n"
           "       postbus keys show FILE...\n"
           "Each takes --json and --help. What a key may do says the broker's --bus-policy.\n"
           "\nExamples:\n"
           "  postbus keys make broker gateway postbus users orders --folder keys\n"
           "  postbus keys show keys/broker.key\n";
}

} // namespace

int keys(int argc, const char* const* argv) {
    const std::string_view word = argc > 1 ? argv[1] : "";
    if (word == "--help" || word == "-h") {
        print_help(std::cout);
        return 0;
    }
    if (word == "make") return make(argc - 1, argv + 1);
    if (word == "show") return show(argc - 1, argv + 1);
    print_help(std::cerr);
    return 2;
}

} // namespace postbus::tools
