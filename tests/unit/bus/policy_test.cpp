#include "bus/policy.hpp"

#include "bus/curve_key.hpp"
#include "bus/settings_file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace postbus::bus::tests {

namespace {

struct policy_folder {
    policy_folder() {
        auto text = (std::filesystem::temp_directory_path() / "postbus-policy-XXXXXX").string();
        REQUIRE(mkdtemp(text.data()) != nullptr);
        path = text;
    }
    ~policy_folder() { std::filesystem::remove_all(path); }
    policy_folder(const policy_folder&) = delete;
    policy_folder& operator=(const policy_folder&) = delete;

    std::string file(const std::string& name, const std::string& text) const {
        std::ofstream{path / name} << text;
        return path / name;
    }
    policy read(const std::string& text) const { return policy::read(file("policy.toml", text)); }
    /// What is said of it, after the folder's name.
    std::string refusal(const std::string& text) const {
        try {
            (void)read(text);
        } catch (const settings_error& e) {
            const std::string what = e.what();
            CHECK_EQ(what.find('\n'), what.npos);
            return what.starts_with(path.string() + '/') ? what.substr(path.string().size() + 1)
                                                         : what;
        }
        return "accepted";
    }

    std::filesystem::path path;
};

const std::string one_key = make_key_pair().public_key;
const std::string other_key = make_key_pair().public_key;
// A literal text: Z85 has '{', '$' and the like, but no quotation mark.
const std::string one = "[keys.one]\nkey = '" + one_key + "'\n";

} // namespace

TEST_CASE("a policy says what the holder of each key may do") {
    const policy_folder f;
    f.file("other.pub", other_key + '\n');
    const auto rules = f.read(one + "serves = 'users'\ncalls = ['orders.*', 'users.list']\n"
                                    "publishes = 'door.*'\noperates = true\n"
                                    "[keys.other]\nkey = 'other.pub'\n");
    CHECK_EQ(rules.keys(), 2);
    const auto* first = rules.find(one_key);
    REQUIRE(first);
    CHECK_EQ(first->name, "one");
    CHECK(first->serves.match("users"));
    CHECK_FALSE(first->serves.match("users2"));
    CHECK(first->calls.match("orders.create"));
    CHECK(first->calls.match("users.list"));
    CHECK_FALSE(first->calls.match("users.list2"));
    CHECK_FALSE(first->calls.match("orders"));
    CHECK_FALSE(first->calls.match("orders2.create"));
    CHECK(first->publishes.match("door.opened"));
    CHECK(first->operates);
    const auto* second = rules.find(other_key);
    REQUIRE(second);
    CHECK_EQ(second->name, "other");
    CHECK_FALSE(second->serves.match("users"));
    CHECK_FALSE(second->calls.match("users.list"));
    CHECK_FALSE(second->operates);
    CHECK(rules.find(make_key_pair().public_key) == nullptr);
}

TEST_CASE("one holder may have several keys, so that one can be replaced") {
    const policy_folder f;
    const auto rules = f.read("[keys.one]\nkey = ['" + one_key + "', '" + other_key + "']\n");
    CHECK(rules.find(one_key) == rules.find(other_key));
}

TEST_CASE("what is wrong with a policy is said in one line: file, line, key and what is right") {
    const policy_folder f;
    CHECK_EQ(f.refusal(""), "policy.toml: names no key, so nobody could connect");
    CHECK_EQ(f.refusal("[key.one]\n"),
             "policy.toml:1: key: unknown key; the nearest known one is 'keys'");
    CHECK_EQ(
        f.refusal("[keys.one]\nserves = 'users'\n"),
        "policy.toml:1: keys.one: has no key: give key = \"...\", a public key or a .pub file");
    CHECK_EQ(f.refusal(one + "call = 'orders.*'\n"),
             "policy.toml:3: keys.one.call: unknown key; the nearest known one is 'calls'");
    CHECK_EQ(f.refusal(one + "calls = 3\n"),
             "policy.toml:3: keys.one.calls: must be a text or an array of texts");
    CHECK_EQ(f.refusal(one + "operates = 'yes'\n"),
             "policy.toml:3: keys.one.operates: must be true or false");
    CHECK(f.refusal(one + "calls = 'orders*'\n")
              .starts_with("policy.toml:3: keys.one.calls: 'orders*' is no name"));
    CHECK(f.refusal(one + "calls = ''\n").starts_with("policy.toml:3: keys.one.calls: '' is no"));
    CHECK_EQ(f.refusal(one + "[keys.two]\nkey = '" + one_key + "'\n"),
             "policy.toml:4: keys.two.key: is the key of one too; each has its own");
    CHECK(
        f.refusal("[keys.one]\nkey = 'nobody.pub'\n").starts_with("policy.toml:2: keys.one.key: "));
    CHECK(f.refusal("keys = 3\n").starts_with("policy.toml:1: keys: must be tables"));
    CHECK(f.refusal("[keys.one\n").starts_with("policy.toml:1: not valid TOML: "));
    CHECK(f.refusal(one + "calls = ['a.b'\n").starts_with("policy.toml:"));
    CHECK_EQ(f.refusal(one + one.substr(0, 10) + "\n").substr(0, 12), "policy.toml:");
    CHECK_THROWS_AS((void)policy::read(f.path / "missing.toml"), settings_error);
    CHECK_THROWS_AS((void)policy::read(f.path), settings_error);
}

TEST_CASE("what stands in the place of a key is not repeated: it may be a secret") {
    const policy_folder f;
    const auto secret = make_key_pair().secret_key.substr(0, 39);
    CHECK_EQ(f.refusal("[keys.one]\nkey = '" + secret + "'\n").find(secret), std::string::npos);
}

} // namespace postbus::bus::tests
