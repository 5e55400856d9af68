#include "schemas/json_read.hpp"

#include "schemas/money.hpp"
#include "schemas/orders_v1.hpp"
#include "schemas/users_v1.hpp"

#include <doctest/doctest.h>

#include <string>

namespace postbus::schemas {

namespace {

struct shelf {
    std::string label;
    std::int64_t height = 0;
    std::optional<bool> full;
    std::vector<orders_v1::item> items;
    std::optional<std::vector<std::vector<std::int64_t>>> grid;
};
BOOST_DESCRIBE_STRUCT(shelf, (), (label, height, full, items, grid))

struct amount {
    std::int64_t value = 0;
};
BOOST_DESCRIBE_STRUCT(amount, (), (value))

/// "field: message" a line.
std::string lines(const field_errors& errors) {
    std::string out;
    for (const auto& error : errors) out += error.field + ": " + error.message + '\n';
    return out;
}

template <class T>
struct reading {
    T value{};
    std::string faults;
};

template <class T>
reading<T> read(std::string_view text) {
    json_document document;
    REQUIRE_MESSAGE(document.parse(text), document.error());
    reading<T> result;
    field_errors errors;
    const bool good = read_json(document.root(), result.value, errors);
    CHECK_EQ(good, errors.empty());
    result.faults = lines(errors);
    return result;
}

std::string number_faults(const std::string& number) {
    return read<amount>("{\"value\":" + number + "}").faults;
}

std::string parse_error(std::string_view text) {
    json_document document;
    return document.parse(text) ? "" : document.error();
}

bool parses(std::string_view text) {
    return parse_error(text).empty();
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

} // namespace

TEST_CASE("a whole object is read into its struct") {
    const auto [shelf, faults] = read<schemas::shelf>(
        R"({"label":"A1","height":-3,"full":true,"items":[{"product":"Book","quantity":2}],
            "grid":[[1,2],[],[3]]})");
    CHECK_EQ(faults, "");
    CHECK_EQ(shelf.label, "A1");
    CHECK_EQ(shelf.height, -3);
    CHECK(shelf.full == true);
    REQUIRE_EQ(shelf.items.size(), 1);
    CHECK_EQ(shelf.items[0].product, "Book");
    CHECK_EQ(shelf.items[0].quantity, 2);
    REQUIRE(shelf.grid);
    CHECK(*shelf.grid == std::vector<std::vector<std::int64_t>>{{1, 2}, {}, {3}});
}

TEST_CASE("an optional field may be left out, any other may not") {
    const auto [value, faults] = read<shelf>(R"({"height":1,"items":[]})");
    CHECK_EQ(faults, "label: is missing\n");
    CHECK_FALSE(value.full);
    CHECK_FALSE(value.grid);
}

TEST_CASE("null is not a way to leave a field out") {
    CHECK_EQ(read<shelf>(R"({"label":"a","height":1,"items":[],"full":null})").faults,
             "full: must be true or false\n");
    CHECK_EQ(read<users_v1::create_user>(R"({"name":null})").faults, "name: must be a text\n");
}

TEST_CASE("a field of the wrong type is named with the type that would be right") {
    CHECK_EQ(
        read<shelf>(R"({"label":1,"height":"1","full":0,"items":{},"grid":[1,[true]]})").faults,
        "label: must be a text\n"
        "height: must be an integer\n"
        "full: must be true or false\n"
        "items: must be an array\n"
        "grid[0]: must be an array\n"
        "grid[1][0]: must be an integer\n");
    CHECK_EQ(read<shelf>(R"({"label":"a","height":1,"items":[7]})").faults,
             "items[0]: must be an object\n");
}

TEST_CASE("anything but an object at the top is refused") {
    for (const auto* text : {"[]", "null", "1", "\"text\"", "true"}) {
        CAPTURE(text);
        CHECK_EQ(read<users_v1::create_user>(text).faults, ": must be an object\n");
    }
}

TEST_CASE("a fault deep inside is named by its path") {
    CHECK_EQ(read<orders_v1::create_order>(
                 R"({"user":1,"items":[{"product":"Book","quantity":1},
                     {"product":"","quantity":0},{"product":"Pen","quantity":1,"colour":"red"},
                     {"quantity":1}]})")
                 .faults,
             "items[1].product: must not be empty\n"
             "items[1].quantity: must be at least 1\n"
             "items[2].colour: is unknown; known here: product, quantity\n"
             "items[3].product: is missing\n");
}

TEST_CASE("an unknown field is refused by name, and the known ones are listed") {
    CHECK_EQ(read<users_v1::create_user>(R"({"name":"a","nmae":"b","":1})").faults,
             "nmae: is unknown; known here: name\n"
             ": is unknown; known here: name\n");
    CHECK_EQ(read<orders_v1::get_order>(R"({"id":1,"ID":1})").faults,
             "ID: is unknown; known here: id\n");
}

TEST_CASE("the last of two members with one name counts") {
    const auto [user, faults] = read<users_v1::create_user>(R"({"name":"a","name":"b"})");
    CHECK_EQ(faults, "");
    CHECK_EQ(user.name, "b");
}

TEST_CASE("an integer is taken to the edges of 64 bits and no further") {
    CHECK_EQ(number_faults("0"), "");
    CHECK_EQ(number_faults("-0"), "");
    CHECK_EQ(read<amount>(R"({"value":9223372036854775807})").value.value,
             std::numeric_limits<std::int64_t>::max());
    CHECK_EQ(read<amount>(R"({"value":-9223372036854775808})").value.value,
             std::numeric_limits<std::int64_t>::min());
    for (const auto* beyond :
         {"9223372036854775808", "-9223372036854775809", "18446744073709551615",
          "18446744073709551616", "99999999999999999999999999999", "1e30", "-1e30"}) {
        CAPTURE(beyond);
        CHECK_MESSAGE(number_faults(beyond).starts_with("value: is out of range"),
                      number_faults(beyond));
    }
}

TEST_CASE("a number with a point or an exponent is not an integer") {
    for (const auto* number : {"1.0", "1e3", "1E0", "0.5", "-1.5", "1e-3", "12345.678e2"}) {
        CAPTURE(number);
        CHECK_EQ(number_faults(number), "value: must be an integer\n");
    }
    for (const auto* other : {"\"1\"", "true", "[1]", "{}", "null"}) {
        CAPTURE(other);
        CHECK_EQ(number_faults(other), "value: must be an integer\n");
    }
}

TEST_CASE("numbers are held to their rule at both ends") {
    CHECK_EQ(read<users_v1::list_users>(R"({"limit":1,"after":0})").faults, "");
    CHECK_EQ(read<users_v1::list_users>(R"({"limit":100})").faults, "");
    CHECK_EQ(read<users_v1::list_users>(R"({"limit":0,"after":-1})").faults,
             "limit: must be at least 1\nafter: must be at least 0\n");
    CHECK_EQ(read<users_v1::list_users>(R"({"limit":101})").faults, "limit: must be at most 100\n");
}

TEST_CASE("a text is measured in characters, not bytes") {
    std::string name;
    for (int i = 0; i < 200; ++i) name += "\xC3\xAB";
    CHECK_EQ(read<users_v1::create_user>("{\"name\":\"" + name + "\"}").faults, "");
    CHECK_EQ(read<users_v1::create_user>("{\"name\":\"" + name + "x\"}").faults,
             "name: must have at most 200 characters\n");
    CHECK_EQ(read<users_v1::create_user>(R"({"name":""})").faults, "name: must not be empty\n");
}

TEST_CASE("a text is held to its form, once its length is right") {
    CHECK_EQ(read<money>(R"({"amount":1500,"currency":"EUR"})").faults, "");
    for (const auto* wrong : {"eur", "EURO", "E1R", ""}) {
        CAPTURE(wrong);
        CHECK_EQ(read<money>(std::string{R"({"amount":1,"currency":")"} + wrong + "\"}").faults,
                 "currency: must be three capital letters (ISO 4217), such as EUR\n");
    }
    CHECK_EQ(read<money>(R"({"amount":-1,"currency":"EUR"})").faults,
             "amount: must be at least 0\n");
}

TEST_CASE("an array is held to its number of elements") {
    CHECK_EQ(read<orders_v1::create_order>(R"({"user":1,"items":[]})").faults,
             "items: must not be empty\n");
    std::string items = R"({"product":"a","quantity":1})";
    for (int i = 0; i < 100; ++i) items += R"(,{"product":"a","quantity":1})";
    CHECK_EQ(read<orders_v1::create_order>("{\"user\":1,\"items\":[" + items + "]}").faults,
             "items: must have at most 100 elements\n");
}

TEST_CASE("a request with endless faults is answered with the first twenty") {
    std::string text = "{";
    for (int i = 0; i < 1000; ++i) text += "\"unknown" + std::to_string(i) + "\":1,";
    text += "\"name\":\"a\"}";
    json_document document;
    REQUIRE(document.parse(text));
    users_v1::create_user user;
    field_errors errors;
    CHECK_FALSE(read_json(document.root(), user, errors));
    CHECK_EQ(errors.size(), max_field_errors);
}

TEST_CASE("an endless field name is cut in the answer") {
    json_document document;
    REQUIRE(document.parse("{\"" + std::string(100'000, 'x') + "\":1}"));
    users_v1::create_user user;
    field_errors errors;
    CHECK_FALSE(read_json(document.root(), user, errors));
    for (const auto& error : errors) CHECK_LE(error.field.size(), 200);
}

TEST_CASE("nesting is taken to the limit and no deeper") {
    CHECK(parses(nested(max_json_depth)));
    CHECK_FALSE(parses(nested(max_json_depth + 1)));
    CHECK_FALSE(parses(nested(1'000'000)));
    CHECK_FALSE(parses(std::string(1'000'000, '[')));
}

TEST_CASE("what is not JSON is refused, and the byte is named") {
    for (const auto* text : {"",        " ",         "{",          "}",
                             "{]",      "[1,]",      "{\"a\":1,}", "{\"a\"}",
                             "{a:1}",   "{'a':1}",   "01",         "+1",
                             ".5",      "1.",        "1e",         "--1",
                             "0x10",    "NaN",       "Infinity",   "tru",
                             "nul",     "\"",        "\"\n\"",     "\"\t\"",
                             "\"\\x\"", "\"\\u12\"", "// c\n1",    "/* c */1",
                             "1 2",     "{}{}",      "[]]",        "\xEF\xBB\xBF{}",
                             "1,"}) {
        CAPTURE(text);
        const auto error = parse_error(text);
        CHECK_FALSE(error.empty());
        CHECK_MESSAGE(error.find("at byte ") != std::string::npos, error);
    }
    CHECK_MESSAGE(parse_error(R"({"name":"a",})").find("at byte 12") != std::string::npos,
                  parse_error(R"({"name":"a",})"));
    CHECK_FALSE(parses(std::string_view{"{}\0", 3}));
    CHECK_FALSE(parses(std::string_view{"\"a\0b\"", 5}));
}

TEST_CASE("white space around a value is fine") {
    CHECK(parses(" \t\r\n{ \"a\" : [ 1 , 2 ] } \r\n"));
}

TEST_CASE("surrogates are taken in pairs only") {
    const auto [user, faults] =
        read<users_v1::create_user>(R"({"name":"\ud83d\ude00\u00eb\u0000"})");
    CHECK_EQ(faults, "");
    CHECK_EQ(user.name, (std::string{"\xF0\x9F\x98\x80\xC3\xAB\0", 7}));
    for (const auto* text :
         {R"("\ud83d")", R"("\ude00")", R"("\ud83d\u0041")", R"("\ud83dx")", R"("\ud83d\ud83d")"}) {
        CAPTURE(text);
        CHECK_FALSE(parses(text));
    }
}

TEST_CASE("text that is not UTF-8 is refused") {
    for (const auto* text : {"\"\x80\"", "\"\xC3\"", "\"\xC3(\"", "\"\xC0\xAF\"",
                             "\"\xE0\x80\xAF\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"",
                             "\"\xF8\x88\x80\x80\x80\"", "\"\xFF\"", "{\"\xFF\":1}"}) {
        CAPTURE(text);
        CHECK_FALSE(parses(text));
    }
}

} // namespace postbus::schemas
