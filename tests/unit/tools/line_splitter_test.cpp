#include "tools/line_splitter.hpp"

#include <doctest/doctest.h>

#include <vector>

using postbus::tools::line_splitter;

namespace {

using lines = std::vector<std::string>;

lines split(const std::vector<std::string>& pieces, std::size_t longest) {
    line_splitter splitter{longest};
    lines out;
    const auto take = [&](std::string_view line) { out.emplace_back(line); };
    for (const auto& piece : pieces) splitter.add(piece, take);
    splitter.finish(take);
    return out;
}

} // namespace

TEST_CASE("lines come out whole, however their bytes come in") {
    const std::string text = "one\n\ntwo words\nthree\n";
    const lines expected{"one", "", "two words", "three"};
    CHECK(split({text}, 100) == expected);
    for (std::size_t cut = 0; cut <= text.size(); ++cut)
        CHECK(split({text.substr(0, cut), text.substr(cut)}, 100) == expected);
    lines bytes;
    for (const char c : text) bytes.emplace_back(1, c);
    CHECK(split(bytes, 100) == expected);
}

TEST_CASE("the last line needs no newline") {
    CHECK(split({"one\ntw", "o"}, 100) == lines{"one", "two"});
    CHECK(split({}, 100).empty());
}

TEST_CASE("a line longer than the limit comes out in parts") {
    CHECK(split({"abcdefgh\nx\n"}, 3) == lines{"abc", "def", "gh", "x"});
    CHECK(split({"abc", "defgh\nx\n"}, 3) == lines{"abc", "def", "gh", "x"});
}

TEST_CASE("a line of just the limit does not make an empty one") {
    CHECK(split({"abc\nx\n"}, 3) == lines{"abc", "x"});
    CHECK(split({"abc\n\nx\n"}, 3) == lines{"abc", "", "x"});
}
