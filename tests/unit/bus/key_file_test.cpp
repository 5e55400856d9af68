#include "bus/key_file.hpp"

#include "bus/settings_file.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace postbus::bus::tests {

namespace {

struct key_folder {
    key_folder() {
        auto text = (std::filesystem::temp_directory_path() / "postbus-keys-XXXXXX").string();
        REQUIRE(mkdtemp(text.data()) != nullptr);
        path = text;
    }
    ~key_folder() { std::filesystem::remove_all(path); }
    key_folder(const key_folder&) = delete;
    key_folder& operator=(const key_folder&) = delete;
    std::string path;
};

template <class Act>
std::string refusal(Act act) {
    try {
        act();
    } catch (const settings_error& e) {
        return e.what();
    }
    return "accepted";
}

std::string text_in(const std::string& path) {
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

TEST_CASE("a key pair is written once: the secret for its owner, the public key for all") {
    const key_folder f;
    const auto made = make_key_files(f.path, "users");
    const auto pair = read_key_file(f.path + "/users.key");
    CHECK_EQ(pair.public_key, made);
    CHECK_EQ(read_public_key(f.path + "/users.pub"), made);
    struct stat facts {};
    REQUIRE_EQ(stat((f.path + "/users.key").c_str(), &facts), 0);
    CHECK_EQ(facts.st_mode & 07777, 0600);
    CHECK_EQ(text_in(f.path + "/users.pub").find(pair.secret_key), std::string::npos);
    CHECK_NE(refusal([&] { make_key_files(f.path, "users"); }).find("is there already"),
             std::string::npos);
    CHECK_EQ(read_key_file(f.path + "/users.key").secret_key, pair.secret_key);
}

TEST_CASE("a secret key that others may read is refused") {
    const key_folder f;
    make_key_files(f.path, "users");
    const auto file = f.path + "/users.key";
    for (const mode_t mode : {0640U, 0604U, 0620U, 0610U, 0602U}) {
        chmod(file.c_str(), mode);
        CHECK_NE(refusal([&] { (void)read_key_file(file); }).find("chmod 600 " + file),
                 std::string::npos);
    }
    chmod(file.c_str(), 0400);
    CHECK_EQ(refusal([&] { (void)read_key_file(file); }), "accepted");
}

TEST_CASE("what is in a key file is never shown") {
    const key_folder f;
    const auto secret = make_key_pair().secret_key.substr(0, 39);
    const auto file = f.path + "/cut.key";
    std::ofstream{file} << secret;
    chmod(file.c_str(), 0600);
    const auto said = refusal([&] { (void)read_key_file(file); });
    CHECK_EQ(said, file + ": holds no secret key; `postbus keys` makes one");
    CHECK_EQ(refusal([&] { (void)read_public_key(secret); }).find(secret), std::string::npos);
}

TEST_CASE("a key's name stays in its folder") {
    const key_folder f;
    for (const auto* name : {"", "../users", "a/b", ".users", "-f", "us ers"})
        CHECK_NE(refusal([&] { make_key_files(f.path, name); }).find("cannot name a key"),
                 std::string::npos);
    CHECK(std::filesystem::is_empty(f.path));
}

TEST_CASE("40 characters of Z85 are a key") {
    const auto pair = make_key_pair();
    CHECK(is_key(pair.public_key));
    CHECK(is_key(pair.secret_key));
    CHECK_EQ(key_pair_of(pair.secret_key).public_key, pair.public_key);
    CHECK_FALSE(is_key(pair.public_key.substr(1)));
    CHECK_FALSE(is_key(std::string(40, '\xff')));
    CHECK_FALSE(is_key(std::string(40, '"')));
}

} // namespace postbus::bus::tests
